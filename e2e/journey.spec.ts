import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { dropFile, openPage, selectedStep, shareLink, typeProgram, verdict } from './page.ts';

const NO_BOUNDS = readFileSync(new URL('../tests/objects/xdp_no_bounds.bpf.o', import.meta.url));

const MENDED = `.section "xdp"
mended:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 1
    if r4 > r3 goto pass
    r0 = *(u8 *)(r2 + 0)
    r0 &= 1
    exit
pass:
    r0 = 2
    exit
`;

test('the page opens on a rejected program, and one click shows the mended one accepted and running', async ({
  page,
}) => {
  await openPage(page);
  await expect(verdict(page)).toHaveText('REJECTED -EACCES');
  await expect(page.getByLabel('Verdict')).toContainText('R2 offset is outside of the packet');
  await page.getByRole('button', { name: 'Show the mended program and run it' }).click();
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await expect(page.getByText('Return value')).toContainText('2 XDP_PASS');
});

test('an object is dropped, its error read, the program mended and run, and the link restores the step', async ({
  page,
  browser,
}) => {
  await openPage(page);
  await dropFile(page, 'xdp_no_bounds.bpf.o', NO_BOUNDS);
  await expect(page.getByText('Edit as assembly')).toBeVisible();
  await expect(verdict(page)).toHaveText('REJECTED -EACCES');
  await expect(page.getByLabel('Verdict')).toContainText('R1 offset is outside of the packet');
  await page.getByRole('tab', { name: 'Log' }).click();
  await expect(page.getByRole('listbox', { name: 'Verifier log' })).toContainText(
    'invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0)',
  );
  await page.getByRole('tab', { name: 'Path' }).click();

  await page.getByRole('button', { name: 'Edit as assembly' }).click();
  await typeProgram(page, MENDED);
  await expect(verdict(page)).toHaveText('ACCEPTED');

  await page.getByRole('tab', { name: 'Run' }).click();
  await page.getByRole('button', { name: 'Run on this packet' }).click();
  await expect(page.getByText('Return value')).toContainText('0 XDP_ABORTED');

  await page.getByRole('tab', { name: 'Verify' }).click();
  await page.getByRole('listbox', { name: 'Steps of the path' }).focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
  const step = await selectedStep(page);
  expect(step).toContain('if r4 > r3');

  const link = await shareLink(page);
  const other = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await openPage(other, link);
  await expect(verdict(other)).toHaveText('ACCEPTED');
  expect(await selectedStep(other)).toBe(step);
  await expect(other.locator('.monaco-editor')).toContainText('r4 += 1');
});

test('a counter in a map goes up with every run', async ({ page }) => {
  await openPage(page);
  await page.getByLabel('Open an example').selectOption('xdp_count');
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await page.getByRole('tab', { name: 'Run' }).click();
  const run = page.getByRole('button', { name: 'Run on this packet' });
  await run.click();
  await expect(page.getByRole('table').filter({ hasText: 'hits' })).toContainText('~ new');
  await run.click();
  await expect(page.getByRole('table').filter({ hasText: 'hits' })).toContainText('~ was 1');
});

test('a line of the log leads to its step, and an element of a map can be written by hand', async ({
  page,
}) => {
  await openPage(page);
  await page.getByLabel('Open an example').selectOption('xdp_count');
  await expect(verdict(page)).toHaveText('ACCEPTED');
  await page.getByRole('tab', { name: 'Log' }).click();
  await page
    .getByRole('listbox', { name: 'Verifier log' })
    .getByText('call bpf_map_update_elem')
    .last()
    .click();
  await expect(page.getByLabel('State', { exact: true })).toContainText('call bpf_map_update_elem');

  await page.getByRole('tab', { name: 'Run' }).click();
  await page.getByRole('button', { name: 'Add element' }).click();
  await page.getByLabel('Key').fill('00 00 00 00');
  await page.getByLabel('Value').fill('29 00 00 00 00 00 00 00');
  await page.getByRole('button', { name: 'Write' }).click();
  await expect(page.getByRole('table')).toContainText('41');
  await page.getByRole('button', { name: 'Run on this packet' }).click();
  await expect(page.getByRole('table')).toContainText('~ was 41');
});

test("an object with CO-RE relocations fetches the kernel's BTF, and nothing does before", async ({
  page,
}) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await openPage(page);
  expect(fetched.filter((url) => url.includes('vmlinux'))).toEqual([]);
  await dropFile(page, 'core.bpf.o', readFileSync(new URL('../tests/objects/core.bpf.o', import.meta.url)));
  await expect(page.getByLabel('Source', { exact: true })).toContainText('bpf_get_current_task');
  await expect(verdict(page)).toHaveText('ACCEPTED');
});
