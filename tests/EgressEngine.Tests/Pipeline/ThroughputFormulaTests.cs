using System.Globalization;
using Egress.Pipeline;

namespace Egress.Tests.Pipeline;

/// <summary>
/// The rate of each strategy on the simulated device against the formula that its design stands for. The runs of all cases go at
/// once, before the first case: they wait for nearly all of their time, and so they can be long enough for a busy machine's delays
/// to be small beside it. A run that such delays have spoilt is repeated; one whose rate is another comes out wrong every time.
/// </summary>
public sealed class ThroughputFormulaTests(ThroughputFormulaTests.Measurements measurements) : IClassFixture<ThroughputFormulaTests.Measurements>
{
    private const double Tolerance = 0.05;
    private const int Attempts = 4;

    private static readonly Shape[] Shapes =
    [
        new("compute-bound", Compute: 60, Copy: 25, Fresh: 45, Processing: 80, Workers: 2),
        new("copy-bound", Compute: 30, Copy: 60, Fresh: 80, Processing: 90, Workers: 2),
        new("processing-bound", Compute: 20, Copy: 15, Fresh: 25, Processing: 180, Workers: 3),
        new("balanced", Compute: 50, Copy: 50, Fresh: 50, Processing: 50, Workers: 1),
    ];

    private static readonly Shape[] BufferBound =
    [
        // Copy and processing hold a buffer for 100 ms: with 1, 2, 3 and 4 of them that is 100, 50, 33 and 25 ms a batch.
        new("short hold", Compute: 30, Copy: 40, Fresh: 40, Processing: 60, Workers: 2),

        // For 180 ms: 180, 90, 60 and 45 ms a batch, longer than all else even for the strategies that compute and copy in turn.
        new("long hold", Compute: 10, Copy: 20, Fresh: 20, Processing: 160, Workers: 4),
    ];

    // Four devices; one loader is fast enough for them, and each has an input on its way for as long as it computes.
    private static readonly Shape ManyLanes = new("lanes", Compute: 60, Copy: 20, Fresh: 20, Processing: 30, Workers: 4, CopyIn: 55);

    public static TheoryData<string, string> EveryShape => [.. Shapes.SelectMany(_ => EgressStrategy.All, (shape, strategy) => (shape.Name, strategy.Name))];

    public static TheoryData<string, string, int> FewBuffers => [..
        from shape in BufferBound
        from strategy in EgressStrategy.All
        where strategy.UsesPool
        from buffers in Enumerable.Range(1, 4)
        select (shape.Name, strategy.Name, buffers)];

    [Theory]
    [MemberData(nameof(EveryShape))]
    public void A_strategy_takes_what_its_formula_says(string shape, string strategy) =>
        measurements.AssertMeasured(Key(shape, strategy, 4, 1), Shapes.Single(s => s.Name == shape).Expected(strategy, 4));

    [Theory]
    [MemberData(nameof(FewBuffers))]
    public void Too_few_buffers_make_the_copy_wait_for_the_processing(string shape, string strategy, int buffers) =>
        measurements.AssertMeasured(
            Key(shape, strategy, buffers, 1), BufferBound.Single(s => s.Name == shape).Expected(strategy, buffers));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Lanes_multiply_the_rate(int lanes) =>
        measurements.AssertMeasured(Key(ManyLanes.Name, "Pipelined", 4 * lanes, lanes), ManyLanes.Compute / lanes);

    private static string Key(string shape, string strategy, int buffers, int lanes) => $"{shape}, {strategy}, {buffers} buffers, {lanes} lanes";

    /// <summary>Durations of one batch in milliseconds.</summary>
    internal sealed record Shape(
        string Name, double Compute, double Copy, double Fresh, double Processing, int Workers, double CopyIn = 5)
    {
        /// <summary>
        /// Milliseconds a batch. A buffer is held from the start of its copy, at the latest, to the end of its processing, which
        /// gives the last term; the blocking copy and the copy on the compute stream are the same to the rate.
        /// </summary>
        public double Expected(string strategy, int buffers) => strategy switch
        {
            "Baseline" => Compute + Fresh + Processing,
            "MultiWorker" => Math.Max(Compute + Fresh, Processing / Workers),

            // With one buffer the next copy starts when both the processing before it and its own computation, which go at the same
            // time, have ended.
            "BufferPool" or "AsyncCopy" when buffers == 1 => Copy + Math.Max(Compute, Processing),
            "BufferPool" or "AsyncCopy" => Max(Compute + Copy, Processing / Workers, (Copy + Processing) / buffers),
            "Pipelined" => Max(Compute, Copy, Processing / Workers, (Copy + Processing) / buffers),
            _ => throw new ArgumentOutOfRangeException(nameof(strategy)),
        };

        public TimedRun Run(EgressStrategy strategy, int buffers, int lanes = 1) =>
            new(strategy, SimulatedLanes.Timing(Compute, Copy, Processing, Fresh, CopyIn), Workers, buffers, lanes);

        private static double Max(params double[] values) => values.Max();
    }

    /// <summary>All runs, made once.</summary>
    public sealed class Measurements
    {
        private readonly Dictionary<string, Measurement> _measurements = [];

        public Measurements()
        {
            foreach (var strategy in EgressStrategy.All)
            {
                foreach (var shape in Shapes)
                {
                    Start(Key(shape.Name, strategy.Name, 4, 1), shape.Run(strategy, 4));
                }

                foreach (var shape in BufferBound.Where(_ => strategy.UsesPool))
                {
                    for (var buffers = 1; buffers <= 4; buffers++)
                    {
                        Start(Key(shape.Name, strategy.Name, buffers, 1), shape.Run(strategy, buffers));
                    }
                }
            }

            foreach (var lanes in new[] { 2, 4 })
            {
                Start(Key(ManyLanes.Name, "Pipelined", 4 * lanes, lanes), ManyLanes.Run(EgressStrategy.Pipelined, 4 * lanes, lanes));
            }
        }

        public void AssertMeasured(string key, double expected)
        {
            var first = _measurements[key];
            var seen = new List<string>();
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                var measured = (attempt == 1 ? first : new Measurement(key, first.Run)).Take();
                seen.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{key}: {measured:0.00} ms, expected {expected:0.00} ms, {(measured / expected) - 1:+0.0%;-0.0%;0.0%}"));
                TestContext.Current.TestOutputHelper?.WriteLine(seen[^1]);

                // 95 % of the rate, and not above the rate either: a run that is faster than its formula does less than it should.
                if (measured >= expected * (1 - Tolerance) && measured <= expected / (1 - Tolerance))
                {
                    return;
                }
            }

            Assert.Fail(string.Join('\n', seen));
        }

        private void Start(string key, TimedRun run) => _measurements[key] = new Measurement(key, run);
    }

    /// <summary>A run under way.</summary>
    private sealed class Measurement
    {
        private readonly BoundedWork _work;
        private double _milliseconds;

        public Measurement(string key, TimedRun run)
        {
            Run = run;
            _work = Bounded.Start(key, () => _milliseconds = SteadyState.MillisecondsPerBatch(run));
        }

        public TimedRun Run { get; }

        /// <summary>Waits for the end and returns the milliseconds a batch.</summary>
        public double Take()
        {
            _work.Join();
            return _milliseconds;
        }
    }
}
