"""The S3 API's actions, a module a resource; `S3Client` is all of them together."""
