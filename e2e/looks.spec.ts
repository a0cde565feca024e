import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { openPage, verdict } from './page.ts';

for (const scheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    test(`the page at ${width}x${height} in ${scheme} has no accessibility fault and no sideways scroll`, async ({
      browser,
    }) => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
      const page = await context.newPage();
      await openPage(page);
      if (width > 820) await expect(page.locator('.monaco-editor .view-lines').first()).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).exclude('.monaco-editor').analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      await context.close();
    });
  }
}

test('a phone shows one panel at a time and does not load the big editor', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const scripts: string[] = [];
  page.on('request', (r) => scripts.push(r.url()));
  await openPage(page);
  await expect(page.getByLabel('Verdict')).toContainText('Rejected');
  await page.getByRole('button', { name: 'State' }).click();
  await expect(page.getByText('packet pointer')).toBeVisible();
  await page.getByRole('button', { name: 'Source' }).click();
  await expect(page.getByRole('textbox', { name: 'BPF assembly' })).toHaveValue(/xdp_bad/);
  expect(scripts.filter((url) => url.includes('MonacoEditor'))).toEqual([]);
  await context.close();
});

test('keys step through the path and jump to the error', async ({ page }) => {
  await openPage(page);
  await page.getByLabel('Open an example').selectOption('xdp_null');
  await expect(verdict(page)).toHaveText('REJECTED -EACCES');
  const steps = page.getByRole('listbox', { name: 'Steps of the path' });
  await steps.focus();
  await page.keyboard.press('Home');
  await expect(steps.locator('[aria-selected="true"]')).toContainText('*(u32 *)(r10 -4) = 0');
  await page.keyboard.press('e');
  await expect(steps.locator('[aria-selected="true"]')).toContainText('rejected');
});

test('every view of both workspaces is free of accessibility faults', async ({ page }) => {
  await openPage(page);
  await page.getByLabel('Open an example').selectOption('xdp_count');
  await expect(verdict(page)).toHaveText('ACCEPTED');
  const faults = async (): Promise<string[]> => {
    const { violations } = await new AxeBuilder({ page }).exclude('.monaco-editor').analyze();
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
  };
  for (const lens of ['Program', 'Log', 'Path']) {
    await page.getByRole('tab', { name: lens }).click();
    expect(await faults(), lens).toEqual([]);
  }
  await page.getByRole('tab', { name: 'Run' }).click();
  await page.getByRole('button', { name: 'Run on this packet' }).click();
  await expect(page.getByText('Return value')).toBeVisible();
  await page.getByRole('button', { name: 'Add element' }).click();
  expect(await faults(), 'Run').toEqual([]);
});
