using System.Text.Json;
using Egress.Backend.Networks;
using Egress.Files;

namespace Egress.Backend.Embedding;

/// <summary>Reads from a model's <c>config.json</c>, as Hugging Face writes it, which encoder it is.</summary>
internal sealed class EncoderFolder
{
    private const string FileName = "config.json";
    private const int MostBytes = 1 << 20;

    // Far beyond any model that fits a machine, and small enough that sizes made of them stay numbers.
    private const int MostOfAnything = 1 << 24;
    private const int MostLayers = 1024;

    private readonly string _path;
    private readonly JsonElement _config;

    private EncoderFolder(string path, JsonElement config)
    {
        _path = path;
        _config = config;
    }

    /// <summary>Reads the shape of the encoder in a folder.</summary>
    /// <exception cref="EgressException"><see cref="EgressErrorId.ModelConfigInvalid"/>.</exception>
    public static BertShape ReadShape(string folder)
    {
        var path = Path.Combine(folder, FileName);
        using var document = Parse(path);
        try
        {
            return new EncoderFolder(path, document.RootElement).Shape();
        }
        catch (InvalidOperationException e)
        {
            // JSON is read without a look at its texts.
            throw Invalid(path, $"a text in it is none: {e.Message.TrimEnd('.')}", inner: e);
        }
    }

    private static JsonDocument Parse(string path)
    {
        try
        {
            var document = JsonDocument.Parse(Read(path));
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            throw Invalid(path, "it holds no object");
        }
        catch (JsonException e)
        {
            throw Invalid(path, $"it is no JSON: {e.Message}", inner: e);
        }
    }

    private static byte[] Read(string path) => SmallFile.Read(path, MostBytes, out var problem) ?? throw new EgressException(
        EgressErrorId.ModelConfigInvalid, problem!.Category, problem.Message,
        "A model's folder holds config.json, model.safetensors and the tokenizer's files.", path, problem.Cause);

    private BertShape Shape()
    {
        var kind = Text("model_type", "");
        if (Flag("is_decoder"))
        {
            throw Invalid(_path, "its model is a decoder, whose tokens see only those before them");
        }

        var positions = Text("position_embedding_type", "absolute");
        if (positions != "absolute")
        {
            throw Invalid(_path, $"its position_embedding_type is {positions}, and only absolute positions are known here");
        }

        var shape = kind switch
        {
            "bert" => Bert(padding: 0),
            "roberta" or "xlm-roberta" or "camembert" => AfterPadding(Bert(padding: 1)),
            "distilbert" => DistilBert(),
            _ => throw Invalid(
                _path, kind.Length == 0 ? "it names no model_type" : $"its model_type is {kind}, which is not known here",
                "Known are bert, roberta, xlm-roberta, camembert and distilbert; any other encoder runs as a TorchScript (.pt) or compiled "
                + "(.pt2) program."),
        };
        return shape.Width % shape.Heads == 0 && shape.MaxLength > 0
            ? shape
            : throw Invalid(
                _path, $"{shape.Heads} heads cannot share a width of {shape.Width}, or {shape.Positions} positions leave no room for a token");
    }

    private BertShape Bert(int padding) => new()
    {
        Vocabulary = Number("vocab_size"),
        Width = Number("hidden_size"),
        Layers = Number("num_hidden_layers", MostLayers),
        Heads = Number("num_attention_heads"),
        InnerWidth = Number("intermediate_size"),
        Positions = Number("max_position_embeddings"),
        TokenTypes = _config.TryGetProperty("type_vocab_size", out _) ? Number("type_vocab_size", smallest: 0) : 2,
        Padding = Padding(padding),
        Epsilon = Epsilon(),
        Activation = Activation(Text("hidden_act", "gelu")),
    };

    private BertShape DistilBert() => new()
    {
        Vocabulary = Number("vocab_size"),
        Width = Number("dim"),
        Layers = Number("n_layers", MostLayers),
        Heads = Number("n_heads"),
        InnerWidth = Number("hidden_dim"),
        Positions = Number("max_position_embeddings"),
        TokenTypes = 0,
        Padding = Padding(0),
        Activation = Activation(Text("activation", "gelu")),
        Names = BertNames.DistilBert,
    };

    private static BertShape AfterPadding(BertShape shape) => shape with { FirstPosition = shape.Padding + 1 };

    private Activation Activation(string name) => name switch
    {
        "gelu" => Networks.Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" => Networks.Activation.GeluTanh,
        "relu" => Networks.Activation.Relu,
        _ => throw Invalid(_path, $"its activation is {name}, and only gelu, gelu_new and relu are known here"),
    };

    private int Padding(int usual) =>
        _config.TryGetProperty("pad_token_id", out var value) && value.ValueKind == JsonValueKind.Number ? Number("pad_token_id", smallest: 0) : usual;

    private double Epsilon() => !_config.TryGetProperty("layer_norm_eps", out var value) ? 1e-12
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is var epsilon and > 0 and < 1 ? epsilon
        : throw Invalid(_path, $"layer_norm_eps is {value.GetRawText()}");

    private int Number(string name, int most = MostOfAnything, int smallest = 1) =>
        !_config.TryGetProperty(name, out var value) ? throw Invalid(_path, $"it lacks {name}")
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= smallest && number <= most ? number
        : throw Invalid(_path, $"{name} is {value.GetRawText()}, and not a number from {smallest} to {most}");

    private string Text(string name, string usual) => !_config.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
        ? usual
        : value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid(_path, $"{name} is {value.GetRawText()}, and not a text");

    private bool Flag(string name) => _config.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private static EgressException Invalid(string path, string reason, string? advice = null, Exception? inner = null) => new(
        EgressErrorId.ModelConfigInvalid, EgressErrorCategory.InvalidData, $"'{path}' describes no encoder that runs here: {reason}.",
        advice ?? "Take the config.json that belongs to the model.", path, inner);
}
