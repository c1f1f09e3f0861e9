using System.Diagnostics;
using System.Globalization;
using Egress.Fuzz;

// dotnet run -c Release --project tests/ModelFileFuzz -- [seconds] [seed] [reader]
var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 60;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var only = args.Length > 2 ? args[2] : null;
var findings = Path.Combine(AppContext.BaseDirectory, "findings");
Directory.CreateDirectory(findings);

var readers = Reader.All.Where(reader => only is null || reader.Name == only).ToList();
if (readers.Count == 0)
{
    Console.Error.WriteLine($"There is no reader '{only}': {string.Join(", ", Reader.All.Select(reader => reader.Name))}.");
    return 2;
}

// One file, written over and over. A crash of the whole process leaves the file that caused it.
var path = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"model-file-fuzz-{seed}");
var random = new Random(seed);
var clock = Stopwatch.StartNew();
var counts = readers.ToDictionary(reader => reader, _ => new Tally());
var report = TimeSpan.FromMinutes(1);
while (clock.Elapsed.TotalSeconds < seconds)
{
    foreach (var reader in readers)
    {
        for (var i = 0; i < 200; i++)
        {
            var content = reader.Mutate(random);
            File.WriteAllBytes(path, content);
            if (counts[reader].Add(reader.Check(path, content.Length)) is { } finding)
            {
                var kept = Path.Combine(findings, $"{reader.Name}-{seed}-{counts[reader].Files}");
                File.WriteAllBytes(kept, content);
                Console.WriteLine($"FINDING {kept}: {finding}");
            }
        }
    }

    if (clock.Elapsed > report)
    {
        report += TimeSpan.FromMinutes(10);
        Print();
    }
}

Print();
File.Delete(path);
return counts.Values.Any(tally => tally.Findings > 0) ? 1 : 0;

void Print()
{
    foreach (var (reader, tally) in counts)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{clock.Elapsed.TotalHours:F2} h, seed {seed}, {reader.Name}: {tally.Files} files, {tally.Taken} taken, {tally.Refused.Values.Sum()} refused "
            + $"for {tally.Refused.Count} kinds of reasons, {tally.Findings} findings, {tally.SlowestMilliseconds:F1} ms the slowest"));
    }
}
