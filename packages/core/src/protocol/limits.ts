/** Longest JSON text of one document, in bytes of UTF-8. Enforced at the local write, so that it never fails first at push. */
export const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Most rows of one push. */
export const MAX_PUSH_ROWS = 500;

/** Size at which a replica closes a push batch, in bytes. A quarter of the body limit, since rows grow when escaped. */
export const MAX_PUSH_BYTES = 2 * 1024 * 1024;

/** Most rows of one pulled page. */
export const MAX_PAGE_ROWS = 1_000;

/** Size at which the server closes a page, in bytes. One document may overshoot it. */
export const MAX_PAGE_BYTES = 1024 * 1024;

/** The one body limit of the server, in bytes. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Most scopes that one checkpoint may name. */
export const MAX_SCOPES = 1_000;

/** Most fields that one pushed row may name as changed. */
export const MAX_CHANGED_FIELDS = 1_000;
