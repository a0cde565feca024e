import { expect, type Page } from '@playwright/test';

/** What tests do with the page, in a person's words. */

/** Opens the page and waits until the first verdict stands. */
export async function openPage(page: Page, path = '/'): Promise<void> {
  await page.goto(path);
  await expect(verdict(page)).toBeVisible();
}

export const verdict = (page: Page) => page.locator('output.verdict');

/** Drops a file on the page as a person would, by a drop event that carries it. */
export async function dropFile(page: Page, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ fileName, base64 }) => {
      const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const t = new DataTransfer();
      t.items.add(new File([data], fileName));
      return t;
    },
    { fileName: name, base64: bytes.toString('base64') },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Replaces the text of the editor by typing over all of it. */
export async function typeProgram(page: Page, text: string): Promise<void> {
  await page.locator('.monaco-editor .view-lines').first().click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

/** Index (from 0) of the selected step on its path. */
export async function selectedStep(page: Page): Promise<string> {
  const row = page.getByRole('listbox', { name: 'Steps of the path' }).locator('[aria-selected="true"]');
  await expect(row).toHaveCount(1);
  return ((await row.textContent()) ?? '').replace(/\s+/g, ' ');
}

/** Presses Share and gives the link. */
export async function shareLink(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Share' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Link copied' })).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}
