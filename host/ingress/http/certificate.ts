import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { canonicalHost } from "./authority.ts";
import { CertificateError, type CertificateFiles, type TlsOptions } from "./tls-options.ts";

/** A certificate that was read, and the names that it is shown for, in canonical form. */
export interface Certificate {
  readonly hosts: readonly string[];
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
}

/** Reads all certificates; rejects with a `CertificateError` for the first that cannot be used. */
export async function readCertificates({
  certificates,
  clientCaFile,
}: TlsOptions): Promise<readonly Certificate[]> {
  const ca = clientCaFile === undefined ? undefined : await readPem(clientCaFile);
  if (ca !== undefined && clientCaFile !== undefined) parse(ca, clientCaFile);
  return await Promise.all(certificates.map((files) => readOne(files, ca)));
}

async function readOne(
  { hosts, certFile, keyFile }: CertificateFiles,
  ca: string | undefined,
): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)]);
  const parsed = parse(cert, certFile);
  const options: SecureContextOptions = { cert, key, ...(ca !== undefined && { ca }) };
  try {
    const context = createSecureContext(options);
    const names = hosts.length > 0 ? hosts : namesOf(parsed);
    return { hosts: names.map(canonicalHost), options, context };
  } catch (error) {
    throw new CertificateError(
      `Cannot use the certificate ${certFile} with the key ${keyFile}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CertificateError(`Cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function parse(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError(`Cannot use ${path}: it holds no certificate in PEM`, {
      cause: error,
    });
  }
}

/** RFC 9525 §6.3: the names of the extension, and never the subject. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName
    .split(", ")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice("DNS:".length));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
