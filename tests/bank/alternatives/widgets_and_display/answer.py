# queries_keys_values: Widgets, pictures and pages are shown beside the answers.

# %% top
import ipywidgets
from IPython.display import HTML, Image, Javascript, Markdown, Math, clear_output, display

display(HTML("<b>bold</b>"), Markdown("*soft*"), Math("e^s"))
slider = ipywidgets.FloatSlider(value=1, min=0, max=2)
slider


# %% own
@ipywidgets.interact(t=(0.1, 2.0))
def show(t=1.0):
    display(t)


clear_output(wait=True)


# %% stable_softmax
def stable_softmax(scores):
    display(scores)
    progress = ipywidgets.IntProgress(max=2)
    display(progress)
    e = np.exp(scores - scores.max(-1, keepdims=True))
    progress.value += 1
    return e / e.sum(-1, keepdims=True)


# %% own
ipywidgets.interactive(lambda t: stable_softmax(np.array([t, 1.0])), t=slider)


# %% entropy
class Shown(torch.nn.Module):
    def _repr_html_(self):
        raise RuntimeError("cannot be shown")

    def forward(self, weights):
        display(Markdown("entropy"))
        return -torch.special.xlogy(weights, weights).sum(-1)


entropy = Shown()
entropy


# %% own
handle = display(slider, display_id=True)
handle.update(HTML("later"))
_ = Javascript("1 + 1")
