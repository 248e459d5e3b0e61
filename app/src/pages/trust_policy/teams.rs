//! A list of teams, to which one is added after the other.

use leptos::prelude::*;

use crate::components::icon::Icon;

pub(super) fn draw(
    label: &'static str,
    hint: &'static str,
    teams: RwSignal<Vec<String>>,
) -> AnyView {
    let id = label.to_ascii_lowercase().replace(' ', "-");
    let about = format!("{id}-about");
    let typed = RwSignal::new(String::new());
    let add = move || {
        let name = typed.with_untracked(|text| text.trim().to_owned());
        if !name.is_empty() {
            teams.update(|teams| {
                if !teams.contains(&name) {
                    teams.push(name);
                }
            });
            typed.set(String::new());
        }
    };
    let rows = move || {
        let one = |name: String| {
            let label = format!("Take {name} out");
            let gone = name.clone();
            view! {
                <li class="row">
                    <span class="chip line">{name}</span>
                    <button
                        type="button"
                        class="btn quiet tiny"
                        aria-label=label.clone()
                        title=label
                        on:click=move |_| teams.update(|teams| teams.retain(|team| *team != gone))
                    >
                        {Icon::Cross.draw()}
                    </button>
                </li>
            }
        };
        teams.get().into_iter().map(one).collect_view()
    };
    view! {
        <div class="field">
            <label class="label" for=id.clone()>
                {label}
            </label>
            <ul class="plain row">{rows}</ul>
            <div class="row">
                <input
                    id=id
                    type="text"
                    placeholder="organization/team"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    maxlength="200"
                    aria-describedby=about.clone()
                    bind:value=typed
                    on:keydown=move |event| {
                        if event.key() == "Enter" {
                            event.prevent_default();
                            add();
                        }
                    }
                />
                <button type="button" class="btn" aria-label=format!("Add to {}", label.to_lowercase()) on:click=move |_| add()>
                    "Add"
                </button>
            </div>
            <p id=about class="hint">
                {hint}
            </p>
        </div>
    }
    .into_any()
}
