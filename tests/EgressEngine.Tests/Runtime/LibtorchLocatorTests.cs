using Egress.Runtime;

namespace Egress.Tests.Runtime;

public sealed class LibtorchLocatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _module;

    public LibtorchLocatorTests()
    {
        _module = _folder.Folder("module");
        File.WriteAllText(Path.Combine(_module, LibtorchLocator.Witness), "");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_the_variable_it_is_the_module_s(string? variable) =>
        Assert.Equal(new LibtorchLocation(_module, LibtorchOrigin.Module), LibtorchLocator.Locate(variable, _module));

    [Fact]
    public void The_variable_comes_first()
    {
        var other = LibtorchIn(_folder.Folder("other"));
        Assert.Equal(new LibtorchLocation(other, LibtorchOrigin.Environment), LibtorchLocator.Locate(other, _module));
        Assert.Equal(new LibtorchLocation(other, LibtorchOrigin.Environment), LibtorchLocator.Locate(other + "/", _module));
    }

    [Fact]
    public void The_variable_may_name_the_folder_above_lib()
    {
        var lib = LibtorchIn(_folder.Folder("torch/lib"));
        Assert.Equal(new LibtorchLocation(lib, LibtorchOrigin.Environment), LibtorchLocator.Locate(_folder["torch"], _module));
    }

    [Fact]
    public void A_variable_that_names_no_folder_is_an_error_and_not_a_reason_to_look_elsewhere() =>
        AssertRefused(_folder["nowhere"], "there is no such folder");

    [Fact]
    public void A_variable_that_names_a_folder_without_libtorch_is_an_error() =>
        AssertRefused(_folder.Folder("empty"), LibtorchLocator.Witness);

    [Fact]
    public void A_relative_path_is_an_error_because_it_would_depend_on_the_current_folder() =>
        AssertRefused("libtorch", "not a full path");

    [Fact]
    public void A_module_without_libtorch_is_an_error_that_names_the_folder_and_the_variable()
    {
        var empty = _folder.Folder("empty");
        var error = Assert.Throws<EgressException>(() => LibtorchLocator.Locate(null, empty));
        Assert.Equal(EgressErrorId.RuntimeNotLoaded, error.ErrorId);
        Assert.Equal(empty, error.Target);
        Assert.Contains(empty, error.Message, StringComparison.Ordinal);
        Assert.Contains(LibtorchLocator.Variable, error.Message, StringComparison.Ordinal);
        Assert.Contains("torch.__path__", error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("remove the variable", error.Advice, StringComparison.Ordinal);
    }

    private void AssertRefused(string variable, string reason)
    {
        var error = Assert.Throws<EgressException>(() => LibtorchLocator.Locate(variable, _module));
        Assert.Equal(EgressErrorId.RuntimeNotLoaded, error.ErrorId);
        Assert.Equal(EgressErrorCategory.NotInstalled, error.Category);
        Assert.Equal(variable, error.Target);
        Assert.Contains(variable, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(LibtorchLocator.Variable, error.Message, StringComparison.Ordinal);
        Assert.Contains(LibtorchLocator.Variable, error.Advice, StringComparison.Ordinal);
    }

    private static string LibtorchIn(string folder)
    {
        File.WriteAllText(Path.Combine(folder, LibtorchLocator.Witness), "");
        return folder;
    }
}
