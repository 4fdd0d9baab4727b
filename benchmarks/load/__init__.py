"""Parts of the load benchmarks: a mock upstream and a load generator in C, gateways as processes, measurements."""
