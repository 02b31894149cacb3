/** A clock that all processes of this machine share and nobody sets, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
