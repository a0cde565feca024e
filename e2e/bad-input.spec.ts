import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { dropFile, openPage, typeProgram, verdict } from './page.ts';

test('prose instead of assembly gets errors with their lines, and the text stays', async ({ page }) => {
  await openPage(page);
  await typeProgram(page, 'Dear verifier,\nplease accept this program.\n');
  await expect(page.getByLabel('Problems in the input')).toContainText('line 1, column 1');
  await expect(page.locator('.monaco-editor')).toContainText('please accept this program.');
});

test('a misspelt instruction is named with the nearest valid spelling', async ({ page }) => {
  await openPage(page);
  await typeProgram(page, 'r0 = 0\nexti\n');
  await expect(page.getByLabel('Problems in the input')).toContainText('exit');
});

test('a file that is no object says so, and the page goes on', async ({ page }) => {
  await openPage(page);
  await dropFile(page, 'zeros.o', Buffer.alloc(1 << 20));
  await expect(page.getByLabel('Problems in the input')).toContainText('ELF');
  await page.getByLabel('Open an example').selectOption('xdp_loop');
  await expect(verdict(page)).toHaveText('ACCEPTED');
});

test('a file that is too large is refused before it is read, and nothing is lost', async ({ page }) => {
  await openPage(page);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(49 << 20)], 'huge.o'));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
  });
  await expect(page.getByRole('status').filter({ hasText: '32 MB' })).toBeVisible();
  await expect(verdict(page)).toHaveText('REJECTED -EACCES');
});

for (const [what, fragment, words] of [
  ['cut', '#1&p=x&s=2&z=eJyrVkr', 'damaged'],
  ['with letters that no link has', '#1&z=%%%', 'damaged'],
  ['of a newer format', '#7&z=AAAA', 'format 7'],
] as const) {
  test(`a link ${what} is explained, and the page opens with its starter`, async ({ page }) => {
    await openPage(page, `/${fragment}`);
    await expect(page.getByRole('status').filter({ hasText: words })).toBeVisible();
    await expect(verdict(page)).toHaveText('REJECTED -EACCES');
  });
}

test('a packet that is no hexadecimal is refused with its reason', async ({ page }) => {
  await openPage(page);
  await page.getByRole('button', { name: 'Show the mended program and run it' }).click();
  await page.getByLabel('Packet bytes in hexadecimal').fill('02 zz');
  await expect(page.getByText('is no hexadecimal digit')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run on this packet' })).toBeDisabled();
});

test('objects cut short or with flipped bytes each get a word, and the page stays alive', async ({
  page,
}) => {
  await openPage(page);
  const whole = readFileSync(new URL('../tests/objects/xdp_firewall.bpf.o', import.meta.url));
  for (let i = 1; i <= 12; i++) {
    const name = `damaged-${i}.o`;
    const bytes = i % 2 === 0 ? whole.subarray(0, Math.floor((whole.length * i) / 13)) : Buffer.from(whole);
    if (i % 2 === 1) bytes[Math.floor((whole.length * i) / 13)] ^= 0xff;
    await dropFile(page, name, bytes);
    await expect(page.getByLabel('Source', { exact: true })).toContainText(name);
    await expect(page.getByLabel('Problems in the input').or(verdict(page)).first()).toBeVisible();
  }
  await page.getByLabel('Open an example').selectOption('xdp_loop');
  await expect(verdict(page)).toHaveText('ACCEPTED');
});

test('a verification that takes long can be stopped, and the text stays', async ({ page }) => {
  await openPage(page);
  const rounds = 90_000;
  await typeProgram(
    page,
    `r6 = 0\nr0 = 0\nagain:\nr0 += r6\nr6 += 1\nif r6 < ${rounds} goto again\nr0 = 2\nexit\n`,
  );
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.locator('.fault')).toContainText('Your text is untouched');
  await expect(page.locator('.monaco-editor')).toContainText('goto again');
  await page.getByLabel('Open an example').selectOption('xdp_loop');
  await expect(verdict(page)).toHaveText('ACCEPTED');
});
