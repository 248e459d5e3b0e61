// A real browser, and what every page is held against: no error in the console, no refusal by the Content-Security-Policy,
// no serious accessibility violation in either theme, no sideways scroll on a narrow screen.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ADMIN, PASSWORD, atEnd, which } from './program.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** Starts the system's Chromium for a test file. */
export async function launch(t) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? which('chromium'), args: FLAGS });
  atEnd(t, () => browser.close());
  return browser;
}

/**
 * An answer like 403 or 404 is part of some journeys; the browser writes it down as an error of its own. So it does when a page is left
 * while its module, or the part of it that the page needs, is still on the way.
 */
function isOfTheBrowser(text) {
  if (text.startsWith('TypeError: Failed to fetch')) return text.includes('/assets/parts-');
  return ['Failed to load resource', 'TypeError: WebAssembly compilation aborted: Network error'].some((words) => text.startsWith(words));
}

/** A page of a visitor of its own. What goes wrong on it is collected in `page.problems`. */
export async function open(t, browser, server, options = {}) {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 800 }, ...options });
  atEnd(t, () => context.close());
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isOfTheBrowser(message.text())) page.problems.push(`console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    if (request.failure()?.errorText === 'csp') page.problems.push(`refused by the policy: ${request.url()}`);
  });
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`Content-Security-Policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

/** Signs in by the form, as a person does. */
export async function signIn(page, user = ADMIN, password = PASSWORD) {
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
  await page.getByLabel('Username').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

/** Waits until the page is alive: the theme button does what only script can do. */
export async function hydrated(page) {
  const theme = () => page.locator('html').getAttribute('data-theme');
  const before = await theme();
  const button = page.getByRole('button', { name: /^Theme:/ });
  const changed = async () => {
    await button.click();
    await page.waitForFunction((old) => document.documentElement.dataset.theme !== old, before, { timeout: 1000 });
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await changed();
      break;
    } catch (error) {
      if (attempt === 20) throw new Error(`the page does not come alive: ${error.message}; ${page.problems.join('; ')}`);
    }
  }
  while ((await theme()) !== before) await button.click();
}

/** No serious or critical violation of WCAG 2.2 AA. */
export async function accessible(page, name) {
  // colours on their way from one theme to the other are of neither
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
  );
  const grave = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).slice(0, 3).join('; ')}`);
  assert.deepEqual(grave, [], `${name} is not accessible`);
}

/** Nothing is wider than the window. */
export async function fits(page, name) {
  const { width, wide } = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const over = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > limit + 1);
    return { width: document.documentElement.scrollWidth - limit, wide: over.slice(0, 3).map((element) => element.outerHTML.slice(0, 120)) };
  });
  assert.ok(width <= 0, `${name} scrolls sideways by ${width} px: ${wide.join(' | ')}`);
}

/** Nothing went wrong so far. */
export function clean(page, name) {
  assert.deepEqual(page.problems, [], `${name} has problems`);
}

/** Keeps a picture for people to look at. */
export async function picture(page, name) {
  if (process.env.JOURNEY_PICTURES) {
    await page.screenshot({ path: join(process.env.JOURNEY_PICTURES, `${name}.png`), fullPage: true });
  }
}
