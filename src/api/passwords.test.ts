import { expect, test } from 'vitest';
import { passwordProblem } from './passwords.ts';

const of = (password: string, email = 'ada@example.com'): string | undefined => passwordProblem(password, email)?.code;

test('a new password is long enough and none of those that everybody chooses, also with a year behind it or in capitals', () => {
  expect(of('ninechars')).toBe('password_too_short');
  for (const guessed of ['password123', 'PassWord2026!', '1234567890', 'qwertyuiop', 'Sunshine-2026', 'aaaaaaaaaaaa'])
    expect(of(guessed), guessed).toBe('password_common');
  expect(of('ada@example.com')).toBe('password_common');
  expect(of(' ADA@example.com1')).toBe('password_common');
  for (const good of ['correct horse battery', 'a long password', 'бабушка на велосипеде', 'x7$kQp2!vLm9'])
    expect(of(good), good).toBeUndefined();
});
