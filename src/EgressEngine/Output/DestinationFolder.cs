namespace Egress.Output;

/// <summary>
/// The folder that a run writes to. It gives each input a file name of its own: the input's name with the format's extension, as
/// segmentation data sets name their masks.
/// </summary>
public sealed class DestinationFolder
{
    private readonly string _extension;

    // Hashes instead of names, so that a run over millions of inputs remembers 8 bytes each.
    private readonly HashSet<long> _taken = [];

    /// <summary>Makes the folder if need be and checks that it takes files.</summary>
    /// <param name="path">Full path of the folder.</param>
    /// <param name="format">The format of the files.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.DestinationNotWritable"/>.</exception>
    public DestinationFolder(string path, OutputFormat format)
    {
        FolderPath = path;
        _extension = Extension(format);
        try
        {
            Directory.CreateDirectory(path);
            using var probe = new AtomicFile(Path.Combine(path, "probe"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new EgressException(
                EgressErrorId.DestinationNotWritable,
                error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.WriteError,
                $"'{path}' takes no files: {error.Message}",
                "Name a folder that this account may write to with -Destination; it is made if it does not exist.",
                path,
                error);
        }
    }

    /// <summary>Full path of the folder.</summary>
    public string FolderPath { get; }

    /// <summary>The path of an input's output, whether or not it is taken.</summary>
    public string PathFor(string inputPath) =>
        Path.Combine(FolderPath, Path.GetFileNameWithoutExtension(inputPath) + _extension);

    /// <summary>Reserves the path of an input's output for this run.</summary>
    /// <exception cref="ItemException"><see cref="EgressErrorId.OutputNameCollision"/> or
    /// <see cref="EgressErrorId.OutputReplacesInput"/>, with the input as target.</exception>
    public string Reserve(string inputPath)
    {
        var path = PathFor(inputPath);
        if (string.Equals(path, inputPath, StringComparison.Ordinal))
        {
            throw new ItemException(
                EgressErrorId.OutputReplacesInput,
                EgressErrorCategory.InvalidArgument,
                $"The output of '{inputPath}' would replace it.",
                "Name a folder other than the input's with -Destination.",
                inputPath);
        }

        if (!_taken.Add(Hash(Path.GetFileName(path))))
        {
            throw new ItemException(
                EgressErrorId.OutputNameCollision,
                EgressErrorCategory.InvalidArgument,
                $"The output of '{inputPath}' would be '{path}', which another input of this run has taken.",
                "Inputs with the same name need destinations of their own: run once for each input folder.",
                inputPath);
        }

        return path;
    }

    private static string Extension(OutputFormat format) => format switch
    {
        OutputFormat.Png => ".png",
        OutputFormat.Npy => ".npy",
        OutputFormat.Raw => ".raw",
        OutputFormat.Npz => ".npz",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    // FNV-1a over UTF-16 units: a chance of 1 in 10^7 for one false collision among a million names, and that one is reported.
    private static long Hash(string name)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var unit in name)
        {
            hash = (hash ^ unit) * 0x0000_0100_0000_01B3;
        }

        return (long)hash;
    }
}
