import type { BrowserContext, Page } from 'playwright-core';
import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

const heard = new WeakMap<BrowserContext, string[]>();

/**
 * Keeps what every notice says at the moment in which it appears: it goes after some seconds, and a test that was kept
 * waiting by a busy machine would look for it in vain.
 */
export async function listenForNotices(context: BrowserContext): Promise<void> {
  const notices: string[] = [];
  heard.set(context, notices);
  await context.exposeBinding('hearNotice', (_, text: string) => void notices.push(text));
  await context.addInitScript({
    content: `new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes)
          if (node instanceof Element)
            for (const notice of [node, ...node.querySelectorAll('*')])
              if (notice.matches('.mantine-Notification-root')) window.hearNotice(notice.textContent);
    }).observe(document, { childList: true, subtree: true });`,
  });
}

/**
 * Does something, and waits for the notice that says what came of it. One that was said before does not count, however
 * long it stays; nor does the same text anywhere else on the page.
 */
export async function hears(page: Page, text: string, act: () => Promise<unknown>): Promise<void> {
  const notices = heard.get(page.context());
  if (notices === undefined) throw new Error('nobody listens to the notices of this page');
  const before = notices.length;
  await act();
  await vi.waitFor(
    () => {
      const since = notices.slice(before);
      if (!since.some((notice) => notice.includes(text)))
        throw new Error(`no notice said “${text}”; said was: ${JSON.stringify(since)}`);
    },
    { timeout: PATIENCE_MS },
  );
}
