import { expect, test } from 'vitest';
import { dateOrderOf, decimalOf, readCell } from './read-cell.ts';

const fr = { dates: 'dmy', decimal: ',' } as const;
const us = { dates: 'mdy', decimal: '.' } as const;

test('[R20] days are read in the order of the list, and only when they are whole', () => {
  expect(readCell('date', '03/02/2024', fr)).toBe('2024-02-03');
  expect(readCell('date', '3.2.2024', fr)).toBe('2024-02-03');
  expect(readCell('date', '03/02/2024', us)).toBe('2024-03-02');
  expect(readCell('date', '2024-02-03', us)).toBe('2024-02-03');
  expect(readCell('localDateTime', '03/02/2024 9:05', fr)).toBe('2024-02-03T09:05');
  expect(readCell('date', '03/02/24', fr)).toBe('03/02/24');
  expect(readCell('date', 'February', fr)).toBe('February');
  expect(readCell('text', '03/02/2024', fr)).toBe('03/02/2024');
});

test('[R20] numbers are read by the decimal sign of the list; what only looks like one stays as it is', () => {
  expect(readCell('number', '1 234,5', fr)).toBe('1234.5');
  expect(readCell('number', '1.234,5', fr)).toBe('1234.5');
  expect(readCell('number', '1\u202f234', fr)).toBe('1234');
  expect(readCell('number', '1,234.5', us)).toBe('1234.5');
  expect(readCell('number', '-7', us)).toBe('-7');
  expect(readCell('number', '1.5', fr)).toBe('1.5');
  expect(readCell('number', '1,5', us)).toBe('1,5');
});

test('the order of days and the decimal sign are told only by cells that can mean nothing else', () => {
  expect(dateOrderOf(['03/02/2024', '25/12/2024'])).toBe('dmy');
  expect(dateOrderOf(['03/02/2024', '12/25/2024'])).toBe('mdy');
  expect(dateOrderOf(['2024/03/02'])).toBe('ymd');
  expect(dateOrderOf(['03/02/2024', 'Ada'])).toBeNull();
  expect(decimalOf(['1,5', '1.234,50', 'Ada'])).toBe(',');
  expect(decimalOf(['1.5', '3'])).toBe('.');
  expect(decimalOf(['1,234', '3'])).toBeNull();
});
