using BenchmarkDotNet.Running;
using Egress.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(EngineBenchmarks).Assembly).Run(args);
