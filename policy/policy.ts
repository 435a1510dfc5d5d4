/** The two kinds of guest: a service may listen, a component may not. */
export type GuestKind = "service" | "component";

/** What a guest wants to do with an address. */
export type SocketUse = "tcp-bind" | "tcp-connect";

/** What one guest may do. A value: the same policy gives the same decisions for ever. */
export interface Policy {
  readonly guest: GuestKind;
}
