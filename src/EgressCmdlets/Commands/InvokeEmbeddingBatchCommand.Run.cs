using Egress.Backend;
using Egress.Cmdlets.Support;
using Egress.Embedding;
using Egress.Input;
using Egress.Models;
using Egress.Operations;
using Egress.Pipeline;
using Egress.Vectors;

namespace Egress.Cmdlets.Commands;

/// <content>What a run is told, and how it is started and watched.</content>
public sealed partial class InvokeEmbeddingBatchCommand
{
    private protected override string WatchedModel => Model;

    private protected override string ItemName => _content == RunContent.Pictures ? "pictures" : "sequences";

    private protected override bool IsRunAbandoned => _run is { IsAbandoned: true };

    private protected override bool IsRunning => _run is { IsCompleted: false };

    private protected override void CancelRun() => _run?.Cancel();

    private protected override bool WatchOne(int milliseconds, out TakenOutcome taken)
    {
        taken = default;
        if (!_run!.TryTake(out var result, out var failed, out var error, milliseconds))
        {
            return false;
        }

        if (error is not null)
        {
            Watch?.FailedSequence(failed!, error);
        }
        else
        {
            Watch?.Done(result!);
        }

        taken = new TakenOutcome(result?.Count ?? 1, result, error);
        return true;
    }

    private protected override bool TryTakeStall(out StageStall? stall)
    {
        stall = null;
        return _run?.TryTakeStall(out stall) ?? false;
    }

    private protected override void DisposeRun() => _run?.Dispose();

    private protected override void DisposeModel() => _lanes?.Dispose();

    // A server's address may hold a password, so it is logged only once the store has said what it is called without.
    private protected override string? WatchedDestination()
    {
        try
        {
            return Destination is null ? null : ReadDestination()?.ToString();
        }
        catch (EgressException)
        {
            return null;
        }
    }

    private void DescribeRun() => Watch?.Describe(new RunDescription
    {
        Device = string.Join(',', Devices),
        Strategy = _options.Pipeline.Strategy.Name,
        BatchSize = _options.Pipeline.BatchSize,
        OutputKind = _options.Model.Pooling.ToString(),
        OutputFormat = (_options.Destination?.Format ?? VectorFormat.None).ToString(),
        Shard = Shard,
    });

    /// <summary>What the run is told.</summary>
    /// <param name="content">
    /// What goes in; null where only the pipeline will tell. What is wrong whatever it brings is said all the same, before it is waited for.
    /// </param>
    private EmbeddingOptions BuildOptions(RunContent? content)
    {
        var model = new EmbeddingModelOptions
        {
            Model = Model,
            WeightsPath = OptionalPath(Weights),
            Seed = Seed,
            OutputName = OutputName,
            MaxLength = MaxLength,
            ImageSize = content == RunContent.Pictures ? ImageSize : 0,
            Precision = ModelPrecision,
            Pooling = Pooling,
            Normalize = Normalize,
            VectorPrecision = Precision,
        };
        var batchSize = Bound(nameof(BatchSize)) ? BatchSize : BatchDefaults.SequenceBatchSize(Devices[0].Kind);
        _program = EncoderModel.Complete(ref model, ref batchSize, FullPath, Bound);
        if (content is { } known)
        {
            RequireFittingInput(known);
        }

        var options = new EmbeddingOptions
        {
            Model = model,
            Pipeline = PipelineSettings(batchSize),
            TokenizerPath = content is RunContent.Texts or null ? TokenizerPath(model) : null,
            Destination = ReadDestination(),
            StoresTexts = StoreText,
            PassesVectors = PassThru,
            Window = Window,
            Shard = Shard,
            Force = Force,
            Resume = Resume,
            MaxPixels = MaxPixels,
        };
        options.Validate();
        return options;
    }

    private VectorDestination? ReadDestination()
    {
        if (Bound(nameof(Format)) && Format == VectorFormat.None)
        {
            return null;
        }

        if (Destination is null && Bound(nameof(Format)))
        {
            throw new EgressException(
                EgressErrorId.DestinationRequired, EgressErrorCategory.InvalidArgument,
                $"Vectors are to be stored as {Format}, and no place is named for them.",
                "Name one with -Destination, or leave -Format away to compute without storing.", Format);
        }

        return Destination is null
            ? null
            : VectorTarget.Read(Destination, Bound(nameof(Format)) ? Format : null, Table, Credential, FullPath);
    }

    /// <summary>Pictures are for image encoders, and texts for the others; a program may not tell which it is.</summary>
    private void RequireFittingInput(RunContent content)
    {
        var isOfPictures = content == RunContent.Pictures;
        if (isOfPictures && _program is null)
        {
            throw Contradiction(
                $"'{Model}' is an encoder of sequences and takes no pictures.",
                $"Name an image encoder's .pt or .pt2 file with -Model. Sequences are read from files that end in {string.Join(", ", SequenceFile.Extensions)}.", Model);
        }

        if (isOfPictures && Tokenizer is not null)
        {
            throw Contradiction("Pictures are not cut into tokens.", "Leave -Tokenizer away.", Tokenizer);
        }

        if (!isOfPictures && Bound(nameof(ImageSize)))
        {
            throw Contradiction("Sequences have no size in pixels.", "Leave -ImageSize away; -MaxLength is how many tokens of a sequence count.", ImageSize);
        }

        if (content != RunContent.Synthetic && _program is { Inputs.Count: > 0 } && _program.Inputs[0].Shape.Count == 4 != isOfPictures)
        {
            throw new EgressException(
                EgressErrorId.ModelInputMismatch, EgressErrorCategory.InvalidArgument,
                $"'{_program.Path}' takes {string.Join(" and ", _program.Inputs)}, and not {(isOfPictures ? "pictures" : "sequences")}.",
                isOfPictures ? "Give it sequences: texts, or -SequencePath." : "Give it pictures: -Path.", _program.Path);
        }
    }

    /// <summary>The tokenizer that is named, or the model's: a folder's own, or what lies beside a program.</summary>
    private string TokenizerPath(EmbeddingModelOptions model) =>
        OptionalPath(Tokenizer)
        ?? model.ModelFolder
        ?? System.IO.Path.GetDirectoryName(model.ProgramPath)
        ?? throw new EgressException(
            EgressErrorId.TokenizerInvalid, EgressErrorCategory.InvalidArgument, $"'{Model}' has no tokenizer of its own.",
            "Name the folder or file of one with -Tokenizer, for example a vocab.txt; or use -Synthetic to measure without texts.", Model);

    /// <summary>Opens the devices and starts the run, with the first sequence that is really to be computed.</summary>
    private EmbeddingRun StartRun()
    {
        if (_run is null)
        {
            WriteVerbose($"{Model} on {string.Join(", ", Devices)}, {_options.Pipeline.Strategy}, batches of {_options.Pipeline.BatchSize}, "
                + $"{_options.Pipeline.LoaderCount} loaders, {_options.Pipeline.WorkerCount} workers.");
            _lanes = Do(() =>
            {
                if (_program is not null)
                {
                    ThrowUnlessAllowed(_program, AllowNativeCode || Force);
                }

                return EmbeddingLanes.Open(_options.Model, Devices, BackendLoader.Load);
            });
            _options = Do(() => _options with
            {
                Pipeline = _options.Pipeline with { BufferCount = Buffers(_options.Pipeline.BatchSize, _lanes.Lanes[0].Session.Output.Bytes) },
            });
            var observer = CreateObserver();
            _run = Do(() => new EmbeddingRun(_options, _lanes, BackendLoader.Load, observer));
            RunBegun(_run.HostMemoryBytes, $"Embedding {ItemName}");
        }

        return _run;
    }
}
