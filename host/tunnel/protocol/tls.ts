/** What client and server agree on in the TLS handshake (RFC 7301), so that no other protocol is mistaken for this. */
export const ALPN = "islet-tunnel/1";
