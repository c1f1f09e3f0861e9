using System.Buffers;
using Egress.Models;
using Egress.Output;
using Egress.Pipeline;

namespace Egress.Segmentation;

/// <summary>Writes each picture's output to its file, or only reads it where nothing is to be written.</summary>
internal sealed class SegmentationWriter(SegmentationOptions options) : IOutputProcessor<SegmentationItem, SegmentationResult>
{
    private const int ScratchBytes = 1 << 20;

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
            if (item.OutputPath is null)
            {
                ReadAll(batch.Output(slot));
                batch.Complete(slot, Result(item, batch, SegmentationStatus.Processed, batch.ItemSpec.Bytes));
            }
            else
            {
                var written = WriteFile(item, batch.ItemSpec, batch.Output(slot));
                batch.Complete(
                    slot, Result(item, batch, written is null ? SegmentationStatus.Skipped : SegmentationStatus.Written, written ?? 0));
            }
        }
    }

    private static SegmentationResult Result(
        SegmentationItem item, OutputBatch<SegmentationItem, SegmentationResult> batch, SegmentationStatus status, long bytes) => new()
        {
            Path = item.Name,
            OutputPath = item.OutputPath,
            Status = status,
            Width = item.Picture.Width,
            Height = item.Picture.Height,
            OutputBytes = bytes,
            Batch = batch.Index,
            Device = batch.Device,
        };

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

    private long? WriteFile(SegmentationItem item, TensorSpec spec, ReadOnlySpan<byte> output)
    {
        try
        {
            using var file = new AtomicFile(item.OutputPath!);
            WriteContent(file.Stream, item, spec, output);
            return file.Commit(options.Force);
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

    private void WriteContent(Stream stream, SegmentationItem item, TensorSpec spec, ReadOnlySpan<byte> output)
    {
        if (options.Model.OutputKind == OutputKind.Labels)
        {
            var map = new LabelMap(output, options.Model.ImageSize, spec.Type.SizeInBytes(), item.Picture.Width, item.Picture.Height);
            WriteLabels(stream, spec.Type, map);
            return;
        }

        if (options.OutputFormat == OutputFormat.Npy)
        {
            NpyWriter.WriteHeader(stream, spec.Type, spec.Shape);
            NpyWriter.WriteElements(stream, spec.Type, output);
        }
        else
        {
            stream.Write(output);
        }
    }

    private void WriteLabels(Stream stream, ElementType type, LabelMap map)
    {
        if (options.OutputFormat == OutputFormat.Png)
        {
            LabelPngWriter.Write(stream, map);
            return;
        }

        if (options.OutputFormat == OutputFormat.Npy)
        {
            NpyWriter.WriteHeader(stream, type, map.Height, map.Width);
        }

        var row = new byte[map.Width * map.ElementBytes];
        for (var y = 0; y < map.Height; y++)
        {
            map.CopyRow(y, row);
            stream.Write(row);
        }
    }
}
