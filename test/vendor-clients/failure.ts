/** What a call that should fail failed with; a success says so, so that no expectation of an error can pass by it. */
export async function failure(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    return { succeeded: await work };
  } catch (error) {
    return error;
  }
}
