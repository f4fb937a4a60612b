// Without a file in assembly, Go takes no function without a body.
