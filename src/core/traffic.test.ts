import { expect, test } from 'vitest';
import { type Touch, touchFields, touchOf } from './traffic.ts';
import { sessionize, VISIT_MS, type VisitorState } from './visits.ts';

const touch = (query: string, referrer = '') => {
  const { medium, source } = touchOf({ page: `https://www.example.com/page${query}`, referrer });
  return `${medium} ${source ?? '–'}`;
};

test('medium and source follow the published order: gclid, cid, utm_medium, who referred, direct', () => {
  expect(touch('?gclid=x&utm_medium=email&utm_source=news')).toBe('paid_search news');
  expect(touch('?gclid=x')).toBe('paid_search google');
  expect(touch('?msclkid=x')).toBe('paid_search bing');
  expect(touch('?cid=42&utm_medium=social')).toBe('email –');
  expect(touch('?utm_medium=CPC&utm_source=Google')).toBe('paid_search google');
  expect(touch('?utm_medium=Social&utm_source=fb')).toBe('social facebook');
  expect(touch('?utm_medium=affiliate&utm_source=partner')).toBe('affiliates partner');
  expect(touch('?utm_medium=banner')).toBe('display –');
  expect(touch('?utm_medium=newsletter')).toBe('email –');
  expect(touch('?utm_medium=carrier-pigeon', 'https://www.linkedin.com/')).toBe('other linkedin');
  expect(touch('', 'https://l.facebook.com/l.php')).toBe('social facebook');
  expect(touch('', 'https://www.google.co.uk/')).toBe('organic google');
  expect(touch('', 'https://duckduckgo.com/')).toBe('organic duckduckgo');
  expect(touch('', 'https://news.example.org/x')).toBe('referral news.example.org');
  expect(touch('', 'https://example.com/other')).toBe('direct –');
  expect(touch('')).toBe('direct –');
  expect(touch('?utm_source=partner')).toBe('other partner');
  expect(touchOf({ page: 'no address', referrer: '\u0000' })).toEqual({
    medium: 'direct',
    source: null,
    campaign: null,
  });
});

test('the first touch stays, a direct visit leaves the last touch as it was', () => {
  const ad = { medium: 'paid_search', source: 'google', campaign: null } as const;
  const direct = { medium: 'direct', source: null, campaign: null } as const;
  const first = touchFields({}, ad, direct);
  expect(first).toEqual({ source: 'google', medium: 'paid_search', last_source: null, last_medium: 'direct' });
  expect(touchFields({ ...first }, direct, ad)).toMatchObject({ medium: 'paid_search', last_medium: 'paid_search' });
  expect(touchFields({ medium: 'email', last_medium: 'social' }, ad, direct)).toBeNull();
});

test('a visit ends after 30 minutes without a sign', () => {
  const direct = { medium: 'direct', source: null, campaign: null } as const;
  let state: VisitorState | undefined;
  const starts = [0, VISIT_MS, 2 * VISIT_MS + 1, 2 * VISIT_MS + 2].map((at) => {
    const next = sessionize(state, { at, touch: direct, visitId: `v${at}` });
    state = next.state;
    return next.startsVisit;
  });
  expect(starts).toEqual([true, false, true, false]);
  expect(state).toMatchObject({ visits: 2, firstAt: 0 });
});

test('the first touch is the earliest arrival, in whatever order browsers’ posts come in; a click on our own link is none', () => {
  const at = (time: number, arrival: Touch | null) => ({ at: time, touch: arrival, visitId: `v${time}` });
  const ad: Touch = { medium: 'paid_search', source: 'google', campaign: null };
  const direct: Touch = { medium: 'direct', source: null, campaign: null };
  const clicked = sessionize(undefined, at(500, null));
  expect(clicked).toMatchObject({ startsVisit: false, state: { visits: 0, firstTouch: null } });
  const arrived = sessionize(clicked.state, at(100, ad));
  expect(arrived).toMatchObject({ startsVisit: true, state: { visits: 1, firstTouch: ad, firstAt: 100 } });
  const late = sessionize(sessionize(undefined, at(300, direct)).state, at(200, ad));
  expect(late).toMatchObject({
    startsVisit: false,
    state: { firstTouch: ad, lastTouch: ad, firstAt: 200, seenAt: 300 },
  });
  expect(sessionize(late.state, at(400, direct)).state).toMatchObject({ firstTouch: ad, lastTouch: ad, firstAt: 200 });
  const later = sessionize(arrived.state, at(600 + VISIT_MS, null));
  expect(later).toMatchObject({ startsVisit: false, state: { visits: 1, seenAt: 500 } });
});
