/** What a certificate may be used for, where it limits that at all. */

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * OpenSSL asks for the role of the day only: a certificate for servers would join or be refused
 * depending on who dials. Every node is both.
 */
export function missingUsage(usages: readonly string[] | undefined): string | null {
  if (!usages || usages.length === 0) return null;
  const missing = [
    ...(usages.includes(SERVER_AUTH) ? [] : ['serverAuth']),
    ...(usages.includes(CLIENT_AUTH) ? [] : ['clientAuth']),
  ];
  return missing.length === 0 ? null : missing.join(' and ');
}
