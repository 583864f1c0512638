import Bowser from 'bowser';

/** Where somebody is signed in: `system` is the device where its maker is known by one (iPhone, iPad), else what runs on it. */
export interface DeviceName {
  readonly browser: string;
  readonly system: string | null;
}

/** Browser and system by their names, from what the browser said of itself; null: it is no browser that anybody knows. */
export function deviceName(userAgent: string | null): DeviceName | null {
  if (userAgent === null || userAgent.trim() === '') return null;
  const { browser, os, platform } = Bowser.parse(userAgent);
  // "Samsung Internet for Android": the system is said anyway.
  const name = (browser.name ?? '').replace(/ for Android$/u, '');
  return name === '' ? null : { browser: name, system: platform.model ?? os.name ?? null };
}
