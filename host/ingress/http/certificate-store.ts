import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import type { SecureContext, SecureContextOptions } from "node:tls";
import { canonicalHost } from "./authority.ts";
import { type Certificate, readCertificates } from "./certificate.ts";
import type { TlsOptions } from "./tls-options.ts";

export interface CertificateStoreOptions {
  readonly tls: TlsOptions;
  /** The certificate for clients that name no host changed. */
  readonly onDefault: (options: SecureContextOptions) => void;
  /** Sentences for whoever runs the host. */
  readonly onNotice: (message: string) => void;
}

/** The certificates of an ingress by host name. They are read again when their files change; disposing ends that. */
export interface CertificateStore extends Disposable {
  /** The certificate that is for `host`, else the default one. */
  contextFor(host: string): SecureContext;
}

/**
 * Reads the certificates and watches their files. What cannot be used when it changes is told of, and what was there
 * stays. Rejects with a `CertificateError` where one cannot be used from the start.
 */
export async function openCertificateStore(
  options: CertificateStoreOptions,
): Promise<CertificateStore> {
  return new WatchedStore(options, await readCertificates(options.tls));
}

/** Milliseconds of quiet after a change: certificate and key are two files, which are written one after the other. */
const QUIET = 100;
/** How often a change that cannot be used is read again before it is told of, and the milliseconds between. */
const RETRIES = 5;
const RETRY_AFTER = 200;

class WatchedStore implements CertificateStore {
  readonly #options: CertificateStoreOptions;
  readonly #watchers: readonly FSWatcher[];
  #certificates: readonly Certificate[];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: CertificateStoreOptions, certificates: readonly Certificate[]) {
    this.#options = options;
    this.#certificates = certificates;
    this.#setDefault();
    // A directory tells of files that are replaced and of links that are turned as well.
    const folders = new Set(filesOf(options.tls).map((file) => dirname(file)));
    this.#watchers = Array.from(folders, (folder) => this.#watch(folder));
  }

  contextFor(host: string): SecureContext {
    const name = canonicalHost(host);
    const wildcard = `*${name.slice(name.indexOf("."))}`;
    const found =
      this.#find(name) ?? (name.includes(".") ? this.#find(wildcard) : undefined) ?? this.#default;
    return found.context;
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  get #default(): Certificate {
    const [first] = this.#certificates;
    if (first === undefined) throw new RangeError("There is no certificate");
    return first;
  }

  #find(host: string): Certificate | undefined {
    return this.#certificates.find(({ hosts }) => hosts.includes(host));
  }

  #watch(folder: string): FSWatcher {
    const watcher = watch(folder, { persistent: false }, () => this.#schedule(QUIET, RETRIES));
    watcher.on("error", (error) => {
      this.#options.onNotice(`Changes of certificates in ${folder} go unnoticed: ${error.message}`);
    });
    return watcher;
  }

  #schedule(delay: number, retries: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reload(retries), delay);
  }

  async #reload(retries: number): Promise<void> {
    let certificates: readonly Certificate[];
    try {
      certificates = await readCertificates(this.#options.tls);
    } catch (error) {
      if (retries > 0) this.#schedule(RETRY_AFTER, retries - 1);
      else if (!this.#closed) this.#options.onNotice(`${toText(error)}; the old one stays in use`);
      return;
    }
    if (this.#closed || isSame(certificates, this.#certificates)) return;
    this.#certificates = certificates;
    this.#setDefault();
    this.#options.onNotice("The certificates changed; new connections get the new ones");
  }

  #setDefault(): void {
    this.#options.onDefault(this.#default.options);
  }
}

function filesOf({ certificates, clientCaFile }: TlsOptions): string[] {
  const files = certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  return clientCaFile === undefined ? files : [...files, clientCaFile];
}

function isSame(a: readonly Certificate[], b: readonly Certificate[]): boolean {
  return JSON.stringify(a.map(toValue)) === JSON.stringify(b.map(toValue));
}

function toValue({ hosts, options }: Certificate): unknown {
  return { hosts, options };
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
