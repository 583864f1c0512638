import { type RawBuilder, sql } from 'kysely';

/** As a condition on `webhooks w`: one that a key made hears nothing once the key is over. */
export const hasItsKey = (now: number): RawBuilder<boolean> => sql`not exists (
  select 1 from api_keys k where k.id = w.created_by and (k.revoked_at is not null or k.expires_at <= ${now}))`;
