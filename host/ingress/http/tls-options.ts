/** What the ingress needs to speak TLS. Paths are those of files in PEM; they are read again when they change. */
export interface TlsOptions {
  /** The first one is shown to clients that name no host, or one that no certificate is for. */
  readonly certificates: readonly [CertificateFiles, ...CertificateFiles[]];
  /** Whose certificates clients must show; without it, clients need none. */
  readonly clientCaFile?: string | undefined;
}

export interface CertificateFiles {
  /** Names that it is shown for, wildcards included; those that the certificate itself is for, where the list is empty. */
  readonly hosts: readonly string[];
  /** The certificate, and behind it those that lead to its authority. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate or a key that cannot be used; the message names the file. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}
