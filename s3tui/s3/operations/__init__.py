"""The S3 API's actions, a module a resource; `S3Client` has all of them."""
