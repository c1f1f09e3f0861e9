using System.Globalization;
using System.Runtime.InteropServices;
using Egress.Backend;
using Egress.LongRuns;
using Egress.Output;
using Egress.Runtime;
using Egress.Vectors;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]

// dotnet run -c Release --project tests/LongRuns -- fuzz [pictures] [seed] [threads] | bombs | batches [count] [device] | pictures [count] | sequences [count]
// For tests that kill it: vectors <format> <address> <mode> <batches> <rows> | hold <path>
var verb = args.Length > 0 ? args[0] : "";
var folder = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"egress-long-runs-{Environment.ProcessId}");
if (verb is "pictures" or "sequences")
{
    _ = NativeRuntime.EnsureLoaded();
}

if (verb is "fuzz" or "bombs" or "pictures")
{
    // In the module a load context finds it; here NetVips asks for it by name, and finds what is loaded.
    _ = NativeLibrary.Load(Path.Combine(ModuleFolder.Deps, "libvips.so.42"));
    Directory.CreateDirectory(folder);
}

var findings = verb switch
{
    "fuzz" => new PictureFuzz(new TorchBackend().PictureDecoder, Number(1, 100_000), Number(2, 1), Number(3, 2), folder).Run(),
    "bombs" => Bombs.Run(new TorchBackend().PictureDecoder, folder),
    "batches" => Endurance.Batches(Number(1, 1_000_000), args.Length > 2 ? args[2] : null),
    "pictures" => Endurance.Pictures(Number(1, 100_000)),
    "sequences" => SequenceRuns.Run(Number(1, 1_000_000)),
    "vectors" => VectorWriter.Run(Enum.Parse<VectorFormat>(args[1]), args[2], Enum.Parse<OutputMode>(args[3]), Number(4, 60), Number(5, 40)),
    "hold" => VectorWriter.Hold(args[1]),
    _ => -1,
};
if (findings < 0)
{
    Console.Error.WriteLine("fuzz [pictures] [seed] [threads] | bombs | batches [count] [device] | pictures [count] | sequences [count]");
    return 2;
}

// With findings, the files that made them stay.
if (findings == 0 && Directory.Exists(folder))
{
    Directory.Delete(folder, recursive: true);
}

Console.WriteLine($"{verb}: {findings} findings");
return findings == 0 ? 0 : 1;

int Number(int place, int otherwise) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : otherwise;
