using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Egress.Input;
using Egress.Tests;

namespace Egress.LongRuns;

/// <summary>
/// Gives damaged pictures to the decoder. One may be decoded, or refused with an item's error; anything else is a finding. Every so
/// often a whole picture goes along, and must come out as it did before all the damaged ones.
/// </summary>
internal sealed class PictureFuzz(IPictureDecoder decoder, int count, int seed, int threads, string folder)
{
    private const int Size = 32;
    private const long MaxPixels = 1_000_000;
    private const int WholeEvery = 16;

    /// <summary>What the process may take beyond what it has when the first picture comes: a hundred times the largest allowed.</summary>
    private const long MoreMemory = 384L << 20;

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_hanging = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<(string Name, byte[] Content)> _seeds = PictureSeeds.Make();
    private readonly ConcurrentDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _formats = new(StringComparer.Ordinal);
    private readonly long[] _started = new long[threads];
    private readonly int[] _numbers = new int[threads];
    private readonly byte[][] _whole = new byte[PictureSeeds.Make().Count][];
    private int _next = -1;
    private int _findings;
    private long _slowest;

    /// <summary>Runs to the end; returns how many findings there were.</summary>
    public int Run()
    {
        for (var i = 0; i < _seeds.Count; i++)
        {
            var path = Path.Combine(folder, "whole");
            File.WriteAllBytes(path, _seeds[i].Content);
            _whole[i] = new byte[Size * Size * 3];
            decoder.Decode(path, Size, MaxPixels, _whole[i]);
        }

        var before = ProcessState.Now();
        ProcessState.BoundMemory(MoreMemory);
        using var watch = new Timer(_ => Watch(), null, s_slow, s_slow);
        var clock = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, threads).Select(number => new Thread(() => Work(number)) { IsBackground = true }).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"pictures {count}, seed {seed}, {clock.Elapsed.TotalSeconds:F1} s, findings {_findings}, slowest {Stopwatch.GetElapsedTime(0, _slowest).TotalMilliseconds:F0} ms"));
        Print("outcome", _outcomes);
        Print("format", _formats);
        Console.WriteLine($"before: {before}");
        Console.WriteLine($"after: {ProcessState.Now()}");
        return _findings;
    }

    private static void Print(string what, ConcurrentDictionary<string, long> counts)
    {
        foreach (var (name, number) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Console.WriteLine($"{what} {name}: {number}");
        }
    }

    private void Work(int thread)
    {
        // A crash of the whole process leaves the file that caused it.
        var path = Path.Combine(folder, $"picture-{thread}");
        var pixels = new byte[Size * Size * 3];
        for (int number; (number = Interlocked.Increment(ref _next)) < count;)
        {
            // Each by its own number, so that a finding is made again without those before it.
            var random = new Random(HashCode(seed, number));
            var (kind, original) = (random.Next(_seeds.Count), number % WholeEvery == 0);
            var content = original ? _seeds[kind].Content : Damage(_seeds[kind], random);
            File.WriteAllBytes(path, content);
            _numbers[thread] = number;
            var start = Stopwatch.GetTimestamp();
            Volatile.Write(ref _started[thread], start);
            var (outcome, finding) = Check(path, pixels, random, original ? _whole[kind] : null);
            Volatile.Write(ref _started[thread], 0);
            var ticks = Stopwatch.GetTimestamp() - start;
            Interlocked.Exchange(ref _slowest, Math.Max(_slowest, ticks));
            _outcomes.AddOrUpdate(outcome, 1, (_, before) => before + 1);
            _formats.AddOrUpdate(_seeds[kind].Name.Split(',')[0], 1, (_, before) => before + 1);
            if (finding is not null)
            {
                Report(number, _seeds[kind].Name, content, finding);
            }
        }
    }

    private (string Outcome, string? Finding) Check(string path, byte[] pixels, Random random, byte[]? expected)
    {
        try
        {
            if (expected is not null || random.Next(3) > 0)
            {
                decoder.Decode(path, Size, MaxPixels, pixels);
            }
            else
            {
                ReadRows(path);
            }

            return expected is null ? ("decoded", null)
                : expected.AsSpan().SequenceEqual(pixels) ? ("whole", null) : ("whole", "A whole picture came out otherwise than before.");
        }
        catch (ItemException error) when (expected is null
            && error.ErrorId is EgressErrorId.PictureDamaged or EgressErrorId.PictureTooLarge or EgressErrorId.PictureFormatUnknown
            && Equals(error.Target, path))
        {
            return (error.ErrorId, null);
        }
        catch (Exception error)
        {
            return (error.GetType().Name, error.ToString());
        }
    }

    private void ReadRows(string path)
    {
        using var rows = decoder.OpenRows(path, MaxPixels);
        var row = new byte[rows.Info.Width * 3];
        for (var y = 0; y < rows.Info.Height; y++)
        {
            rows.Read(row);
        }
    }

    private static byte[] Damage((string Name, byte[] Content) picture, Random random)
    {
        var content = Mutation.Of(picture.Content, random);
        if (picture.Name.StartsWith("png", StringComparison.Ordinal) && random.Next(4) > 0)
        {
            PictureSeeds.MendChecksums(content);
        }

        return content;
    }

    private static int HashCode(int seed, int number) => unchecked((seed * 73_856_093) ^ (number * 19_349_663));

    private void Report(int number, string kind, byte[] content, string finding)
    {
        Interlocked.Increment(ref _findings);
        var kept = Path.Combine(folder, $"finding-{seed}-{number}");
        File.WriteAllBytes(kept, content);
        Console.WriteLine($"FINDING seed {seed}, picture {number} ({kind}), kept as {kept}: {finding}");
    }

    private void Watch()
    {
        for (var thread = 0; thread < threads; thread++)
        {
            if (Volatile.Read(ref _started[thread]) is var start and > 0 && Stopwatch.GetElapsedTime(start) > s_hanging)
            {
                Console.WriteLine($"FINDING seed {seed}, picture {_numbers[thread]}: more than {s_hanging} and no end.");
                Environment.Exit(3);
            }
        }
    }
}
