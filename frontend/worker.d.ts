/** What the server writes before worker.js: the version of the page, and a hash of each file by its name. */
declare const page: { version: string; files: Record<string, string> };
