import { z } from 'zod';
import { RemoteError } from './errors.ts';

/** Reads an answer: unknown keys are ignored, a missing or wrong one is named by its path, never by its value (C23). */
export function read<T>(schema: z.ZodType<T>, body: unknown, what: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || '(the whole)'}: ${issue.code}`);
  throw new RemoteError('unexpected', `${what}: the answer is not as documented at ${paths.join('; ')}`);
}

/** Pieces of at most `size`, in order. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size) result.push(items.slice(start, start + size));
  return result;
}

/** An id that vendors write as text or as a number, whatever their documents say; within 2^53. */
export const idText = z.union([z.string(), z.number().transform(String)]);

/** The same where ids are numbers by the documents, and text in practice now and then. */
export const idNumber = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]);
