import { expect, test } from '@playwright/test';
import { openPage, typeProgram, verdict } from './page.ts';

const OWN = '.section "xdp"\nmine:\n    r0 = 2\n    exit\n';
const OTHER = '.section "xdp"\nother:\n    r0 = 1\n    exit\n';
const text = (page: import('@playwright/test').Page) => page.locator('.monaco-editor .view-lines').first();

test('typed text is there again after a reload', async ({ page }) => {
  await openPage(page);
  await typeProgram(page, OWN);
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await page.reload();
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await expect(text(page)).toContainText('mine:');
});

test('what is edited after sharing is not lost on reload, and a link does not take its place', async ({
  page,
}) => {
  await openPage(page);
  await typeProgram(page, OWN);
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await page.getByRole('button', { name: 'Share' }).click();
  await expect(page).toHaveURL(/#/);
  const link = page.url();
  await typeProgram(page, OTHER);
  await expect(page).not.toHaveURL(/#/);
  await page.reload();
  await expect(text(page)).toContainText('other:');

  await page.goto('about:blank');
  await page.goto(link);
  await expect(text(page)).toContainText('mine:');
  const recent = page.getByLabel('Open an example').locator('optgroup').first().locator('option');
  await expect(recent).not.toHaveCount(0);
  await page.goto('about:blank');
  await openPage(page);
  await expect(text(page)).toContainText('other:');
});

test('the editor completes, and Escape then Tab leaves it', async ({ page }) => {
  await openPage(page);
  await typeProgram(page, '.section "xdp"\nmine:\n    call bpf_map_look');
  await page.keyboard.press('ControlOrMeta+Space');
  await expect(page.locator('.suggest-widget')).toContainText('bpf_map_lookup_elem');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  await expect(page.locator('.monaco-editor.focused')).toHaveCount(0);
});

test('the card says what is needed, how it came to it, and a change that was verified', async ({ page }) => {
  await openPage(page);
  const card = page.getByLabel('Verdict');
  await expect(card).toContainText('0 + 1 <= proven packet length; proven: 0');
  await expect(card).toContainText('A change that the verifier takes');
  await card.getByRole('button', { name: /the value comes from here/ }).click();
  await expect(
    page.getByRole('listbox', { name: 'Steps of the path' }).locator('[aria-selected="true"]'),
  ).toContainText('r2 = *(u32 *)(r1 +0)');
});

test('a program whose section names no type is verified as the type that the person chooses', async ({
  page,
}) => {
  await openPage(page);
  await typeProgram(page, '.license "GPL"\n.section "xdp_pass"\nodd:\n    r0 = 2\n    exit\n');
  const card = page.getByLabel('Verdict');
  await expect(card).toContainText("missing BPF prog type, check ELF section name 'xdp_pass'");
  await card.getByRole('button', { name: 'Verify as xdp' }).click();
  await expect(verdict(page)).toHaveText('ACCEPTED');
});
