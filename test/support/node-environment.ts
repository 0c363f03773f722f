/**
 * Jest's Node environment with the typed arrays of the process: onnxruntime-node makes its tensors outside the test's realm, and
 * compares constructors, so arrays of another realm are none to it.
 */
import { TestEnvironment } from 'jest-environment-node';

export default class ProcessTypedArrays extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { Float32Array, BigInt64Array, Uint8Array });
  }
}
