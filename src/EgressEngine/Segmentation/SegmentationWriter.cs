using Egress.Models;
using Egress.Output;
using Egress.Output.Planes;
using Egress.Output.Zarr;
using Egress.Pipeline;
using Egress.Segmentation.Tiles;

namespace Egress.Segmentation;

/// <summary>Writes each picture's output to its file, or only reads it where nothing is to be written.</summary>
internal sealed class SegmentationWriter(SegmentationOptions options, OutputRun? outputs, IReadOnlyList<OutputFile> files)
    : IOutputProcessor<SegmentationItem, SegmentationResult>
{
    private static readonly SegmentationResult s_tileAdded = new() { Path = "", Status = SegmentationStatus.Processed };

    private readonly OutputLayout _layout = options.Model.OutputLayout;

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
            if (item.Tile is { } tile)
            {
                AddTile(tile, batch, slot, cancellationToken);
                continue;
            }

            if (item.Output is null && !options.CountsClasses)
            {
                WorkerCache.ReadAll(batch.Output(slot));
                batch.Complete(slot, Result(item, batch, SegmentationStatus.Processed, batch.ItemSpec.Bytes, null));
                continue;
            }

            var output = new ItemOutput(
                item, OutputPlanes.Of(_layout, batch.OutputMemory(slot), options.StoredSize, item.Picture));
            var classes = Classes(output);
            if (item.Output is null)
            {
                WorkerCache.ReadAll(batch.Output(slot));
                batch.Complete(slot, Result(item, batch, SegmentationStatus.Processed, batch.ItemSpec.Bytes, classes));
            }
            else
            {
                try
                {
                    var written = WriteFile(item, output);
                    batch.Complete(
                        slot,
                        Result(item, batch, written is null ? SegmentationStatus.Skipped : SegmentationStatus.Written, written ?? 0, classes));
                }
                catch (ItemException error)
                {
                    batch.Fail(slot, error);
                }
            }
        }
    }

    private static SegmentationResult Result(
        SegmentationItem item, OutputBatch<SegmentationItem, SegmentationResult> batch, SegmentationStatus status, long bytes,
        IReadOnlyList<ClassPixelCount>? classes, int tiles = 1) => new()
        {
            Path = item.Name,
            OutputPath = item.OutputPath,
            ArrayIndex = item.ArrayIndex,
            Status = status,
            Width = item.Picture.Width,
            Height = item.Picture.Height,
            OutputBytes = bytes,
            Batch = batch.Index,
            Device = batch.Device,
            ClassPixels = classes,
            TileCount = tiles,
        };

    /// <summary>Adds a tile to its picture, and writes the picture's output with the last one.</summary>
    private void AddTile(
        PictureTile tile, OutputBatch<SegmentationItem, SegmentationResult> batch, int slot, CancellationToken cancellationToken)
    {
        var picture = tile.Picture;
        if (picture.Add(tile.Index, batch.ItemSpec.Type, batch.Output(slot), cancellationToken))
        {
            try
            {
                picture.Result = WriteTiled(picture, batch);
            }
            catch (ItemException error)
            {
                picture.Fail(error);
            }
        }

        // The picture's outcome is taken with that of its last tile, which may be another one than this.
        batch.Complete(slot, s_tileAdded);
    }

    private SegmentationResult WriteTiled(TiledPicture picture, OutputBatch<SegmentationItem, SegmentationResult> batch)
    {
        var item = picture.Item;
        var written = item.Output is null ? null : WriteFile(item, picture.Output);
        var status = item.Output is null ? SegmentationStatus.Processed
            : written is null ? SegmentationStatus.Skipped : SegmentationStatus.Written;
        var classes = picture.Counts is { } counts ? ClassPixelCount.Found(counts, options.ClassNames) : null;
        return Result(item, batch, status, item.Output is null ? picture.OutputBytes : written ?? 0, classes, picture.TileCount);
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

    private long? WriteFile(SegmentationItem item, ItemOutput output)
    {
        using var unit = outputs!.Begin(item.Output!);
        foreach (var (file, name) in files.Zip(item.Output!.Names))
        {
            file.Encode(unit.Create(name), output);
        }

        return unit.Commit(item.ArrayIndex is { } index ? ZarrGroup.Notes(index) : null);
    }
}
