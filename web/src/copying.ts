/** Copies text to the clipboard, and says in `said` whether that was possible. */

export async function copy(text: string, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "Copied.";
  } catch {
    said.textContent = "Your browser blocked copying. Select the text instead.";
  }
}
