using System.Text;
using System.Text.Json;
using Egress.Files;
using Egress.Models.Archives;
using Egress.Models.Weights;

namespace Egress.Models.Programs;

/// <summary>
/// What an AOTInductor package says about itself. It carries the C++ source that it was compiled from; the checks of inputs that
/// are written there tell types, shapes and strides. The compiled checks are skipped at run time unless they are asked for, and
/// without them a wrong input is read beyond its end.
/// </summary>
internal static class CompiledPackage
{
    private const string Folder = "data/aotinductor/model/";
    private const int MostMetadataBytes = 1 << 20;
    private const int MostSourceBytes = 256 << 20;

    /// <summary>The name, up to its extension, of the model in a package; null where the archive is no package.</summary>
    public static string? Find(ArchiveDirectory archive)
    {
        const string Suffix = "_metadata.json";
        return archive.Entries
            .Select(entry => entry.Name)
            .Where(name => name.Contains(Folder, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[..^Suffix.Length])
            .FirstOrDefault();
    }

    /// <summary>Reads what it says.</summary>
    /// <exception cref="MalformedFileException">A part is missing or damaged.</exception>
    public static Description Describe(MappedFile file, ArchiveDirectory archive, string name)
    {
        // Without a library libtorch would call a compiler on the source, and it stumbles over an archive of one file.
        if (!archive.Entries.Any(entry => entry.Name.Contains(Folder, StringComparison.Ordinal) && entry.Name.EndsWith(".so", StringComparison.Ordinal)))
        {
            throw new MalformedFileException("it is a compiled package without native code");
        }

        var device = ReadDevice(ArchiveContent.Read(file, archive.Find($"{name}_metadata.json")!, MostMetadataBytes));
        if (archive.Find($"{name}.cpp") is not { } source)
        {
            return new Description(device, [], []);
        }

        var text = Encoding.UTF8.GetString(ArchiveContent.Read(file, source, MostSourceBytes));
        return new Description(device, PackageSource.Inputs(text), PackageSource.OutputNames(text));
    }

    private static string ReadDevice(byte[] metadata)
    {
        const string Key = "AOTI_DEVICE_KEY";
        try
        {
            using var document = JsonDocument.Parse(metadata);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || document.RootElement.EnumerateObject().Any(property => property.Value.ValueKind != JsonValueKind.String))
            {
                // libtorch takes it for granted, and what it throws for a number nobody catches.
                throw new MalformedFileException("its metadata are no object of texts");
            }

            return document.RootElement.TryGetProperty(Key, out var value)
                ? value.GetString()!
                : throw new MalformedFileException($"its metadata have no {Key}");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter is what it is for text that is not valid UTF-8.
            throw new MalformedFileException($"its metadata are no valid JSON: {e.Message}", e);
        }
    }

    /// <summary>What a package says.</summary>
    /// <param name="Device">The kind of device that it was made for.</param>
    /// <param name="Inputs">Its inputs; empty where it does not say.</param>
    /// <param name="OutputNames">Names of its outputs; empty where it does not say.</param>
    internal sealed record Description(string Device, IReadOnlyList<ProgramInput> Inputs, IReadOnlyList<string> OutputNames);
}
