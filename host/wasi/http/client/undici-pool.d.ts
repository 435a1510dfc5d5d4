/** The one module of undici that is used; its main module loads all the rest, which takes twice as long. */
declare module "undici/lib/dispatcher/pool.js" {
  export { Pool as default } from "undici";
}
