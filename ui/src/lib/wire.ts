// The JSON of the tracking API, under the names that the pages use. The types are the server's own.

import type * as api from '~/lib/api.gen'

export type Tag = api.KeyValue
export type Param = api.KeyValue
export type Metric = api.Metric
export type Experiment = api.Experiment
export type Run = api.Run
export type RunStatus = api.RunInfo['status']
export type ArtifactFile = api.FileInfo

/** NaN and the infinities travel as text. */
export type WireNumber = api.Double
