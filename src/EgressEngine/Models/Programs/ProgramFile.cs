using Egress.Files;
using Egress.Models.Archives;
using Egress.Models.Weights;

namespace Egress.Models.Programs;

/// <summary>A model file with a whole program, and what it says about itself. Opening one runs nothing of it.</summary>
public sealed record ProgramFile
{
    private ProgramFile(string path, ProgramKind kind)
    {
        Path = path;
        Kind = kind;
    }

    /// <summary>The path that it was opened by.</summary>
    public string Path { get; }

    /// <summary>What it is.</summary>
    public ProgramKind Kind { get; }

    /// <summary>The kind of device that a compiled program was made for, <c>cpu</c> or <c>cuda</c>; null where any will do.</summary>
    public string? Device { get; private init; }

    /// <summary>What it says about its inputs, in order; empty where it says nothing.</summary>
    public IReadOnlyList<ProgramInput> Inputs { get; private init; } = [];

    /// <summary>The names of its outputs, in order: a dictionary's keys, a tuple's places from 0 on; empty where only a run tells.</summary>
    public IReadOnlyList<string> OutputNames { get; private init; } = [];

    /// <summary>
    /// Whether it says that it takes batches of one item and more. One for batches of any size is commonly exported for two or more:
    /// torch.export takes a size of 1 for a constant. Batches that are too small for it have to be filled up.
    /// </summary>
    public bool TakesAnyBatch => Inputs.Count > 0 && Inputs[0].Shape.Count > 0 && Inputs[0].Shape[0].Takes(1) && Inputs[0].Shape[0].Fixed is null;

    /// <summary>The function of a TorchScript program that is called.</summary>
    internal ScriptFunction? Function { get; private init; }

    /// <summary>Looks at a file.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelFileInvalid"/> where it is no program, with the reason;
    /// <see cref="EgressErrorId.PathNotFound"/>, <see cref="EgressErrorId.PathNotAFile"/> or
    /// <see cref="EgressErrorId.InputUnreadable"/>.</exception>
    public static ProgramFile Open(string path)
    {
        using var file = MappedFile.Open(path);
        try
        {
            return Read(file);
        }
        catch (MalformedFileException e)
        {
            throw Invalid(path, $"it is damaged: {e.Message}", "Download or export the file again.", e);
        }
    }

    /// <summary>The error of a file that is no program.</summary>
    internal static EgressException Invalid(string path, string reason, string advice, Exception? inner = null) => new(
        EgressErrorId.ModelFileInvalid, EgressErrorCategory.InvalidData, $"'{path}' is no model to run: {reason}.", advice, path, inner);

    private static ProgramFile Read(MappedFile file)
    {
        const string Export = "Export it with torch.jit.save (.pt), or with torch._inductor.aoti_compile_and_package (.pt2).";
        if (!ArchiveDirectory.IsArchive(file.Bytes(0, (int)Math.Min(file.Length, sizeof(uint)))))
        {
            throw Invalid(file.Path, "it is neither TorchScript nor a compiled package", $"{Export} Parameters alone go to -Weights.");
        }

        var archive = ArchiveDirectory.Read(file);
        if (CompiledPackage.Find(archive) is { } package)
        {
            var description = CompiledPackage.Describe(file, archive, package);
            return new ProgramFile(file.Path, ProgramKind.Compiled)
            {
                Device = description.Device,
                Inputs = description.Inputs,
                OutputNames = description.OutputNames,
            };
        }

        var root = archive.Entries.Count == 0 ? "" : archive.Entries[0].Name.Split('/', 2)[0];
        if (archive.Find($"{root}/constants.pkl") is not null && archive.Find($"{root}/data.pkl") is { } data)
        {
            return new ProgramFile(file.Path, ProgramKind.TorchScript) { Function = ScriptFunction.Find(file, archive, root, data) };
        }

        throw archive.Entries.Any(entry => entry.Name.EndsWith("data.pkl", StringComparison.Ordinal))
            ? Invalid(file.Path, "it holds parameters and no program", "Give it to -Weights, and to -Model the network that they belong to.")
            : Invalid(
                file.Path,
                archive.Entries.Any(entry => entry.Name.EndsWith("archive_format", StringComparison.Ordinal) || entry.Name.EndsWith(".json", StringComparison.Ordinal))
                    ? "it is an exported program that was not compiled"
                    : "it is a zip archive of something else",
                Export);
    }
}
