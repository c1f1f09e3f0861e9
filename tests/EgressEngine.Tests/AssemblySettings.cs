// Tests compare what the process holds before and after, and let time pass: two at once would see each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
