import { createHmac } from 'node:crypto';
import { systemRandom } from '../platform/ids.ts';

const PREFIX = 'whsec_';

/** A new secret as Standard Webhooks wants it: `whsec_` and 32 random bytes in base64. */
export const newSecret = (): string => `${PREFIX}${Buffer.from(systemRandom(32)).toString('base64')}`;

/**
 * The headers of one try (Standard Webhooks 1.0, "Webhook Headers"): the id stays the same whenever the message is sent again,
 * the time stamp is that of the try, and there is a signature for each secret that is valid.
 * @param at ms since 1970.
 */
export function signedHeaders(
  message: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  at: number,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const timestamp = String(Math.floor(at / 1000));
  const content = `${message.id}.${timestamp}.${message.body}`;
  const signature = secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    })
    .join(' ');
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}
