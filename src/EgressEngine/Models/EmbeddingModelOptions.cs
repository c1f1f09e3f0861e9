namespace Egress.Models;

/// <summary>Which encoder to build and what to make of its hidden states.</summary>
public sealed record EmbeddingModelOptions
{
    /// <summary>A built-in encoder's name, for example <c>bert_base</c>, or what the folder or program is called.</summary>
    public string Model { get; init; } = BuiltInEncoders.Default;

    /// <summary>
    /// Full path of a folder as Hugging Face keeps models: <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files; null
    /// for a built-in encoder or a program.
    /// </summary>
    public string? ModelFolder { get; init; }

    /// <summary>
    /// The sizes and choices that a folder's <c>config.json</c> makes, in words; null before it was read. With the parameters they make the
    /// encoder, whatever its folder is called.
    /// </summary>
    public string? Shape { get; init; }

    /// <summary>Full path of a TorchScript or compiled program, or null.</summary>
    public string? ProgramPath { get; init; }

    /// <summary>Which of a program's outputs holds the hidden states or vectors; null: the only one, or <c>last_hidden_state</c>.</summary>
    public string? OutputName { get; init; }

    /// <summary>The size of the batches that a program will be given, with which it is tried when it is loaded.</summary>
    public int ProgramBatchSize { get; init; }

    /// <summary>Full path of a safetensors file with the parameters, instead of the folder's own; null for that, or random ones.</summary>
    public string? WeightsPath { get; init; }

    /// <summary>Seed of the random parameters, where there is no file.</summary>
    public long Seed { get; init; }

    /// <summary>The longest sequence in tokens, with those that the tokenizer adds; longer ones are cut. 0: as many as the model takes.</summary>
    public int MaxLength { get; init; }

    /// <summary>Side of the square that pictures are resized to, where the program is an image encoder; 0 for sequences.</summary>
    public int ImageSize { get; init; }

    /// <summary>The precision that the encoder computes in.</summary>
    public ModelPrecision Precision { get; init; } = ModelPrecision.Float32;

    /// <summary>What becomes of the hidden states.</summary>
    public VectorPooling Pooling { get; init; } = VectorPooling.Mean;

    /// <summary>Whether vectors are scaled to an L2 norm of 1.</summary>
    public bool Normalize { get; init; }

    /// <summary>The form in which vectors leave the device and are stored.</summary>
    public VectorPrecision VectorPrecision { get; init; } = VectorPrecision.Float32;

    /// <summary>The name of the parameters in a model's folder.</summary>
    public const string ParameterFileName = "model.safetensors";

    /// <summary>Full path of the file with the parameters; null for random ones, and for a program, which brings its own.</summary>
    public string? ParameterFile() => WeightsPath is not null ? WeightsPath
        : ModelFolder is { } folder && File.Exists(Path.Combine(folder, ParameterFileName)) ? Path.Combine(folder, ParameterFileName)
        : null;

    /// <summary>Whether the input is pictures and not sequences.</summary>
    public bool TakesPictures => ImageSize > 0;
}
