using System.Text.Json.Nodes;
using Egress.Backend.Embedding;
using Egress.Backend.Networks;
using Egress.Devices;
using Egress.Embedding;
using Egress.Models;
using Egress.Models.Weights;
using Egress.Output.Journal;

namespace Egress.Backend.Tests.Embedding;

/// <summary>Models in folders, as Hugging Face has them: their names, their config, and what is wrong with them.</summary>
public sealed class EncoderFolderTests : EncoderTests
{
    [Theory]
    [MemberData(nameof(Families))]
    public void The_parameters_have_the_names_and_shapes_of_Hugging_Face(string family)
    {
        var reference = EncoderReference.Of(family);
        reference.Write(Folder["model"]);
        using var encoder = new BertEncoder(EncoderFolder.ReadShape(Folder["model"]), 5);

        Assert.Equal(
            reference.Parameters.Select(parameter => $"{parameter.Key} [{string.Join(", ", parameter.Value)}]").Order(),
            encoder.Parameters.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]").Order());
    }

    [Theory]
    [InlineData("bert.")]
    [InlineData("model.encoder.")]
    public void A_model_of_a_task_brings_its_encoder(string prefix)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(
            Folder["model"], prefix,
            ModelFiles.Tensor($"{prefix}pooler.dense.weight", 24, 24),
            new($"{prefix}embeddings.position_ids", StoredType.I64, [1, 20], new byte[160]),
            ModelFiles.Tensor("cls.predictions.bias", 50));
        using var session = Open(Options("model"));

        var output = SessionRun.Run(session, Device, [reference.Sequences[0].Ids]);

        Closeness.AssertClose(reference.Sequences[0].Pool(VectorPooling.Mean), SessionRun.Floats(output[0]), 1e-5);
    }

    [Fact]
    public void Norms_may_have_the_names_of_the_first_models()
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(Folder["model"]);
        ModelFiles.Write(Folder["old.safetensors"], [.. reference.Tensors("bert.").Select(tensor => tensor with
        {
            Name = tensor.Name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
        })]);
        using var session = Open(Options("model") with { WeightsPath = Folder["old.safetensors"] });

        var output = SessionRun.Run(session, Device, [reference.Sequences[2].Ids]);

        Closeness.AssertClose(reference.Sequences[2].Pool(VectorPooling.Mean), SessionRun.Floats(output[0]), 1e-5);
    }

    [Theory]
    [InlineData("hidden_size", "null", "hidden_size is null")]
    [InlineData("hidden_size", "25", "3 heads cannot share a width of 25")]
    [InlineData("hidden_size", "1e12", "hidden_size is 1e12")]
    [InlineData("num_hidden_layers", "0", "not a number from 1 to 1024")]
    [InlineData("num_hidden_layers", "\"2\"", "num_hidden_layers is \"2\"")]
    [InlineData("hidden_act", "\"silu\"", "its activation is silu")]
    [InlineData("layer_norm_eps", "0", "layer_norm_eps is 0")]
    [InlineData("position_embedding_type", "\"relative_key\"", "position_embedding_type is relative_key")]
    [InlineData("is_decoder", "true", "decoder")]
    [InlineData("model_type", "\"deberta-v2\"", "its model_type is deberta-v2")]
    [InlineData("model_type", "null", "names no model_type")]
    public void A_config_of_something_else_is_answered_with_what_is_wrong(string name, string value, string reason)
    {
        var reference = EncoderReference.Of("bert");
        reference.Write(Folder["model"]);
        var path = Path.Combine(Folder["model"], "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config[name] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());

        var error = Assert.Throws<EgressException>(() => Open(Options("model")));

        Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Target);
    }

    [Fact]
    public void A_model_is_its_files_and_not_the_name_of_its_folder()
    {
        EncoderReference.Of("bert").Write(Folder["model"]);
        EncoderReference.Of("bert").Write(Folder["renamed"]);
        EncoderReference.Of("bert").Write(Folder["other/model"]);
        var path = Folder["other/model/config.json"];
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["_name_or_path"] = "somewhere";
        File.WriteAllText(path, config.ToJsonString());
        Assert.Single(new[] { "model", "renamed", "other/model" }.Select(folder => Settings(folder).Id).Distinct());

        // The parameters of three heads are as many as those of one.
        config["num_attention_heads"] = 1;
        File.WriteAllText(path, config.ToJsonString());
        var difference = Assert.Single(Settings("other/model").DifferencesFrom(Settings("model")));
        Assert.Contains("3 heads", difference, StringComparison.Ordinal);
        Assert.Contains("1 heads", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void AFolder_that_is_no_model_is_answered_with_what_it_lacks()
    {
        Directory.CreateDirectory(Folder["model"]);
        var error = Assert.Throws<EgressException>(() => Open(Options("model")));
        Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        Assert.Equal(EgressErrorCategory.ObjectNotFound, error.Category);

        foreach (var content in new[] { "", "[]", "{\"model_type\": \"bert\"", "\"bert\"" })
        {
            File.WriteAllText(Path.Combine(Folder["model"], "config.json"), content);
            error = Assert.Throws<EgressException>(() => Open(Options("model")));
            Assert.Equal(EgressErrorId.ModelConfigInvalid, error.ErrorId);
        }

        EncoderReference.Of("bert").Write(Folder["model"]);
        File.Delete(Path.Combine(Folder["model"], "model.safetensors"));
        error = Assert.Throws<EgressException>(() => Open(Options("model")));
        Assert.Equal(EgressErrorId.PathNotFound, error.ErrorId);
        Assert.Contains("-Weights", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_encoder_are_refused_with_the_differences()
    {
        EncoderReference.Of("bert").Write(Folder["model"]);
        EncoderReference.Of("distilbert").Write(Folder["other"]);

        var error = Assert.Throws<EgressException>(() => Open(Options("model") with { WeightsPath = Path.Combine(Folder["other"], "model.safetensors") }));

        Assert.Equal(EgressErrorId.WeightsMismatch, error.ErrorId);
        Assert.Contains("encoder.layer.0.attention.self.query.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("embeddings.word_embeddings.weight (shape [50, 20] instead of [50, 24])", error.Message, StringComparison.Ordinal);
        Assert.Contains("Hugging Face", error.Advice, StringComparison.Ordinal);

        ModelFiles.Write(Folder["none.safetensors"], [ModelFiles.Tensor("backbone.conv1.weight", 1)]);
        error = Assert.Throws<EgressException>(() => Open(Options("model") with { WeightsPath = Folder["none.safetensors"] }));
        Assert.Contains("1 unexpected: backbone.conv1.weight.", error.Message, StringComparison.Ordinal);
    }

    private RunSettings Settings(string folder)
    {
        using var lanes = EmbeddingLanes.Open(Options("model") with { Model = Path.GetFileName(folder), ModelFolder = Folder[folder] }, [DeviceSpec.Parse("cpu")], () => new TorchBackend());
        return EmbeddingOptions.VectorSettings(lanes, tokenizerPath: null);
    }
}
