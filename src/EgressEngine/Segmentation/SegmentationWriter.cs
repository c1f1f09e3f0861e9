using System.Buffers;
using Egress.Models;
using Egress.Output;
using Egress.Output.Planes;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Writes each picture's output to its file, or only reads it where nothing is to be written.</summary>
internal sealed class SegmentationWriter(SegmentationOptions options) : IOutputProcessor<SegmentationItem, SegmentationResult>
{
    private const int ScratchBytes = 1 << 20;

    private readonly OutputLayout _layout = options.Model.OutputLayout;
    private readonly IReadOnlyList<OutputFile> _files = OutputFile.Of(options.OutputFormat, options.Model.OutputLayout);

    /// <inheritdoc/>
    public void Process(OutputBatch<SegmentationItem, SegmentationResult> batch, CancellationToken cancellationToken)
    {
        for (var slot = 0; slot < batch.Count; slot++)
        {
            if (!batch.IsLoaded(slot))
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var item = batch.Item(slot);
            if (item.OutputPath is null && !options.CountsClasses)
            {
                ReadAll(batch.Output(slot));
                batch.Complete(slot, Result(item, batch, SegmentationStatus.Processed, batch.ItemSpec.Bytes, null));
                continue;
            }

            var output = new ItemOutput(
                item, OutputPlanes.Of(_layout, batch.OutputMemory(slot), options.StoredSize, item.Picture));
            var classes = Classes(output);
            if (item.OutputPath is null)
            {
                ReadAll(batch.Output(slot));
                batch.Complete(slot, Result(item, batch, SegmentationStatus.Processed, batch.ItemSpec.Bytes, classes));
            }
            else
            {
                var written = WriteFile(item, output);
                batch.Complete(
                    slot, Result(item, batch, written is null ? SegmentationStatus.Skipped : SegmentationStatus.Written, written ?? 0, classes));
            }
        }
    }

    private static SegmentationResult Result(
        SegmentationItem item, OutputBatch<SegmentationItem, SegmentationResult> batch, SegmentationStatus status, long bytes,
        IReadOnlyList<ClassPixelCount>? classes) => new()
        {
            Path = item.Name,
            OutputPath = item.OutputPath,
            Status = status,
            Width = item.Picture.Width,
            Height = item.Picture.Height,
            OutputBytes = bytes,
            Batch = batch.Index,
            Device = batch.Device,
            ClassPixels = classes,
        };

    /// <summary>
    /// Commits the item's files when all of them are written, the main one last: where that is there, the others are too.
    /// </summary>
    private long? CommitFiles(SegmentationItem item, ItemOutput output)
    {
        var files = new List<AtomicFile>(_files.Count);
        try
        {
            foreach (var file in _files)
            {
                files.Add(new AtomicFile(item.OutputPath![..^_files[0].Suffix.Length] + file.Suffix));
                file.Encode(files[^1].Stream, output);
            }

            var others = files.Skip(1).Sum(file => file.Commit(replace: true));
            return files[0].Commit(options.Force) + others;
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private IReadOnlyList<ClassPixelCount>? Classes(ItemOutput output)
    {
        if (!options.CountsClasses || output.Labels is not { } labels)
        {
            return null;
        }

        var counter = new LabelCounter(options.Model.ClassCount);
        counter.Add(labels);
        return ClassPixelCount.Found(counter.Counts, options.ClassNames);
    }

    /// <summary>Brings every byte into the worker's hands, as any real processing would.</summary>
    private static void ReadAll(ReadOnlySpan<byte> output)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        while (!output.IsEmpty)
        {
            var part = output[..Math.Min(output.Length, ScratchBytes)];
            part.CopyTo(scratch);
            output = output[part.Length..];
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }

    private long? WriteFile(SegmentationItem item, ItemOutput output)
    {
        try
        {
            return CommitFiles(item, output);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EgressException(
                EgressErrorId.OutputWriteFailed,
                error is UnauthorizedAccessException ? EgressErrorCategory.PermissionDenied : EgressErrorCategory.WriteError,
                $"'{item.OutputPath}' could not be written: {error.Message}",
                "Free space or restore access, then run the same command again: outputs that exist are kept.",
                item.OutputPath,
                error);
        }
    }
}
