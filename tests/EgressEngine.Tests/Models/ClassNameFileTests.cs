using System.Diagnostics;
using Egress.Models;

namespace Egress.Tests.Models;

public sealed class ClassNameFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sky\nroad\n")]
    [InlineData("sky\r\nroad\r\n\r\n")]
    [InlineData("\uFEFFsky\n  road")]
    public void A_name_is_a_line(string content)
    {
        File.WriteAllText(_folder["names.txt"], content);
        Assert.Equal(["sky", "road"], ClassNameFile.Read(_folder["names.txt"]));
    }

    [Fact]
    public void What_is_no_file_is_refused_and_not_waited_for() => Bounded.Run("reading", () =>
    {
        using (var mkfifo = Process.Start("mkfifo", (string[])[_folder["pipe"]]))
        {
            mkfifo.WaitForExit();
        }

        foreach (var path in new[] { _folder["pipe"], _folder["missing"], _folder.Path, "/dev/zero" })
        {
            var error = Assert.Throws<EgressException>(() => ClassNameFile.Read(path));
            Assert.Equal((EgressErrorId.ClassNamesInvalid, path), (error.ErrorId, error.Target));
        }
    });
}
