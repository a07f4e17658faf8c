import { describe, expect, it } from 'vitest'
import { uploadRequest } from '~/features/artifacts/useUpload'

const to = (artifactUri: string, name: string) => uploadRequest({ runId: 'r1', artifactUri }, name)

describe('uploadRequest', () => {
  it('goes through the proxy where that serves the run', () => {
    expect(to('mlflow-artifacts:/0/r1/artifacts', 'plot 1.png')).toEqual({
      method: 'PUT',
      url: '/ajax-api/2.0/mlflow-artifacts/artifacts/0/r1/artifacts/plot%201.png',
    })
    expect(to('mlflow-artifacts://host:5000/0/r1/artifacts', '50%.csv').url).toBe(
      '/ajax-api/2.0/mlflow-artifacts/artifacts/0/r1/artifacts/50%25.csv',
    )
  })

  it('goes by the run elsewhere', () => {
    expect(to('s3://bucket/r1/artifacts', 'a&b.txt')).toEqual({
      method: 'POST',
      url: '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=r1&path=a%26b.txt',
    })
  })
})
