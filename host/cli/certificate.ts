/** Whether a text holds certificates as OpenSSL writes them (RFC 7468). */
export function hasCertificate(text: string): boolean {
  return text.includes("-----BEGIN CERTIFICATE-----");
}
