import { describe, expect, it } from 'vitest'
import { parseSignature } from '~/features/registry/signature'

const FILE = `flavors:
  python_function:
    env:
      conda: conda.yaml
signature:
  inputs: '[{"type": "long", "name": "age", "required": true}, {"type": "double",
    "name": "owner''s income", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 10]}}]'
  params: '[{"name": "threshold", "default": 0.5, "shape": null, "type": "double"}]'
utc_time_created: '2026-11-24'
`

describe('parseSignature', () => {
  it('reads columns over folded lines, tensors and params', () => {
    expect(parseSignature(FILE)).toEqual({
      inputs: [
        { name: 'age', type: 'long', required: true, default: undefined },
        { name: "owner's income", type: 'double', required: false, default: undefined },
      ],
      outputs: [{ name: undefined, type: 'float32 [−1, 10]', required: true, default: undefined }],
      params: [{ name: 'threshold', type: 'double', required: false, default: '0.5' }],
    })
  })

  it('writes nested types as people do', () => {
    const inputs = JSON.stringify([
      {
        type: 'array',
        name: 'messages',
        items: {
          type: 'object',
          properties: {
            role: { type: 'string', required: true },
            name: { type: 'string', required: false },
          },
        },
      },
    ])
    expect(parseSignature(`signature:\n  inputs: '${inputs}'\n  outputs: null\n`)?.inputs).toEqual([
      {
        name: 'messages',
        type: 'array of { role: string, name?: string }',
        required: true,
        default: undefined,
      },
    ])
  })

  it('has nothing to say of a model without one, or of a broken one', () => {
    expect(parseSignature('flavors: {}\n')).toBeUndefined()
    expect(parseSignature('signature: null\n')).toBeUndefined()
    expect(parseSignature("signature:\n  inputs: '[{'\n")).toBeUndefined()
  })
})
