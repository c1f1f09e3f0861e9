using Egress.Models;
using Egress.Output.Planes;
using Egress.Output.Stores;
using Egress.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Egress.Segmentation.Tiles;

/// <summary>
/// One large picture's output on its way from tiles to files: a file without a name in the folder for temporary files, so that
/// neither its size nor the end of the process leaves anything behind.
/// </summary>
internal sealed class OutputSpool : IDisposable
{
    private readonly OutputLayout _layout;
    private readonly SafeFileHandle _file;

    /// <param name="layout">The arrays, in the picture's size.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public OutputSpool(OutputLayout layout)
    {
        _layout = layout;
        var path = Path.Combine(Path.GetTempPath(), $"egress-{Guid.NewGuid():N}.tiles");
        _file = Guard(() =>
        {
            var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.RandomAccess);
            File.Delete(path);
            return file;
        });
        Arrays = [.. layout.Arrays.Select(array => new NamedPlanes(array.Name, new Planes(this, array)))];
    }

    /// <summary>The arrays, to be read once everything is written.</summary>
    public IReadOnlyList<NamedPlanes> Arrays { get; }

    /// <summary>Writes a piece of a row.</summary>
    /// <param name="array">The array's place in the layout.</param>
    /// <param name="plane">The plane.</param>
    /// <param name="y">The row.</param>
    /// <param name="x">The first column.</param>
    /// <param name="elements">The elements.</param>
    /// <exception cref="EgressException"><see cref="EgressErrorId.OutputWriteFailed"/>.</exception>
    public void Write(int array, int plane, int y, int x, ReadOnlySpan<byte> elements)
    {
        try
        {
            RandomAccess.Write(_file, elements, Offset(_layout.Arrays[array], plane, y, x));
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw Failed(error);
        }
    }

    public void Dispose() => _file.Dispose();

    private static long Offset(OutputArray array, int plane, int y, int x)
    {
        var shape = array.Spec.Shape;
        return array.Offset + (((((plane * shape[^2]) + y) * shape[^1]) + x) * array.Spec.Type.SizeInBytes());
    }

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (StoreFault.IsOne(error))
        {
            throw Failed(error);
        }
    }

    private static EgressException Failed(Exception error) => ProcessLimit.IsOfOpenFiles(error) ? ProcessLimit.OpenFiles(error, Path.GetTempPath()) : new(
        EgressErrorId.OutputWriteFailed,
        StoreFault.CategoryOf(error),
        $"The output of a picture in tiles could not be kept in '{Path.GetTempPath()}': {error.Message}",
        "Free space there, or name a folder with more in the environment variable TMPDIR; then run the same command again.",
        Path.GetTempPath(),
        error);

    private sealed class Planes(OutputSpool spool, OutputArray array) : PlaneSource(
        array.Spec.Type,
        array.Spec.Shape.Length == 3 ? (int)array.Spec.Shape[0] : 0,
        (int)array.Spec.Shape[^2],
        (int)array.Spec.Shape[^1])
    {
        public override void CopyRow(int plane, int y, Span<byte> row)
        {
            var offset = Offset(array, plane, y, 0);
            for (var rest = row[..RowBytes]; !rest.IsEmpty;)
            {
                var read = RandomAccess.Read(spool._file, rest, offset);
                if (read == 0)
                {
                    throw new InvalidOperationException($"Row {y} of the {array.Name} was never written.");
                }

                rest = rest[read..];
                offset += read;
            }
        }
    }
}
