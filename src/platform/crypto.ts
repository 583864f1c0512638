import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, scryptSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The key that protects secrets at rest; `id` stands beside each ciphertext, so that a wrong key is named, not guessed. */
export interface SecretKey {
  readonly id: string;
  readonly bytes: Buffer;
}

const toKey = (bytes: Buffer): SecretKey => ({
  id: createHash('sha256').update(bytes).digest('hex').slice(0, 12),
  bytes,
});

/** @throws Error when it is not 32 bytes in base64. */
export function parseSecretKey(base64: string): SecretKey {
  const bytes = Buffer.from(base64.trim(), 'base64');
  if (bytes.length !== 32)
    throw new Error('TANDEM_SECRET_KEY must be 32 bytes in base64, for instance from: openssl rand -base64 32');
  return toKey(bytes);
}

/** The key file of a data folder, made with mode 0600 when there is none. */
export function loadKeyFile(dataDir: string): SecretKey {
  const path = pathOf(dataDir);
  if (existsSync(path)) return parseSecretKey(readFileSync(path, 'utf8'));
  mkdirSync(dataDir, { recursive: true });
  const bytes = randomBytes(32);
  writeFileSync(path, `${bytes.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return toKey(bytes);
}

/** AES-256-GCM; `context` (table, row, field) is authenticated, so a ciphertext cannot be moved to another row. */
export function encrypt(key: SecretKey, plain: string, context: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/** @throws Error when key, context or ciphertext are not those it was made with. */
export function decrypt(key: SecretKey, ciphertext: string, context: string): string {
  const bytes = Buffer.from(ciphertext, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, 12))
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

/** A keyed hash of something that must be recognised but not kept (erased e-mails, tokens). */
export const keyedHash = (key: SecretKey, text: string): string =>
  createHmac('sha256', key.bytes).update(text).digest('base64url');

/** What is stored of a random token; tokens are long, so no salt is needed. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** A key from a passphrase, for `backup --with-key`. */
export const passphraseKey = (passphrase: string, salt: Buffer): SecretKey =>
  toKey(scryptSync(passphrase, salt, 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }));

/** Signs short texts for the public (stamps, links that carry no secret) with a key of its own. */
export type Sign = (text: string) => string;
export const createSign = (key: SecretKey): Sign => {
  const derived = createHmac('sha256', key.bytes).update('public links').digest();
  return (text) => createHmac('sha256', derived).update(text).digest('base64url').slice(0, 32);
};

const KEY_CONTEXT = 'backup:key';

/** The key under a passphrase, to travel with a backup. */
export function sealKey(key: SecretKey, passphrase: string): { readonly salt: string; readonly sealed: string } {
  const salt = randomBytes(16);
  const sealed = encrypt(passphraseKey(passphrase, salt), key.bytes.toString('base64'), KEY_CONTEXT);
  return { salt: salt.toString('base64'), sealed };
}

/** @throws Error when the passphrase is another one. */
export const openKey = (sealed: { readonly salt: string; readonly sealed: string }, passphrase: string): SecretKey =>
  parseSecretKey(decrypt(passphraseKey(passphrase, Buffer.from(sealed.salt, 'base64')), sealed.sealed, KEY_CONTEXT));

const pathOf = (dataDir: string): string => join(dataDir, 'secret.key');
const previousOf = (dataDir: string): string => join(dataDir, 'secret.key.previous');

/** On the disk, whole, before it takes the place of what stood there. */
function putKey(path: string, key: SecretKey): void {
  const handle = openSync(`${path}.part`, 'w', 0o600);
  try {
    writeSync(handle, `${key.bytes.toString('base64')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${path}.part`, path);
}

/** Makes this the key of a data folder, at once or not at all. */
export const saveKeyFile = (dataDir: string, key: SecretKey): void => putKey(pathOf(dataDir), key);

/**
 * The first half of a rotation: the new key takes its place, the old one stays beside it as `secret.key.previous` until the
 * database is known to be sealed with the new one. Whenever this process dies, one of the two files is the key.
 */
export function beginKeyRotation(dataDir: string, keys: { readonly old: SecretKey; readonly next: SecretKey }): void {
  putKey(previousOf(dataDir), keys.old);
  putKey(pathOf(dataDir), keys.next);
}

/** The other half: which of the two it is. */
export function endKeyRotation(dataDir: string, valid: SecretKey): void {
  putKey(pathOf(dataDir), valid);
  rmSync(previousOf(dataDir), { force: true });
}

/** The old key of a rotation that did not come to its end; null: there is none. */
export const previousKey = (dataDir: string): SecretKey | null =>
  existsSync(previousOf(dataDir)) ? parseSecretKey(readFileSync(previousOf(dataDir), 'utf8')) : null;

/** A key that nobody has had before. */
export const newSecretKey = (): SecretKey => toKey(randomBytes(32));

/** The secret of the sign-in library. */
export const signInSecret = (key: SecretKey): string => keyedHash(key, 'better-auth');
